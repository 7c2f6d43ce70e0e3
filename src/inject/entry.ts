import { appContainersAnnotation, istioProxyName } from './names.ts'

/** The webhook of the MutatingWebhookConfiguration, as chart and `verify` know it. */
export const injectEntry: {
  readonly name: string
  readonly path: string
  readonly condition: { readonly name: string; readonly expression: string }
} = {
  name: 'inject',
  path: '/inject',
  condition: {
    name: `${istioProxyName}-or-app-containers`,
    /** CEL: a pod with Istio's proxy, most often a native sidecar, or one whose application asks for the socket. */
    expression: `has(object.spec.initContainers) && object.spec.initContainers.exists(c, c.name == '${istioProxyName}')
|| object.spec.containers.exists(c, c.name == '${istioProxyName}')
|| has(object.metadata.annotations) && '${appContainersAnnotation}' in object.metadata.annotations`
  }
}
