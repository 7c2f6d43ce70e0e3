import type { Cluster } from '../lab/cluster.ts'
import { addTemplate } from '../lab/start-istio.ts'

/** The overlay of the architecture that this product replaces, as its istio-config.yaml has it. */
const spire = `
labels:
  spiffe.io/spire-managed-identity: "true"
spec:
  volumes:
  - name: workload-socket
    csi:
      driver: "csi.spiffe.io"
      readOnly: true
  containers:
  - name: istio-proxy
    volumeMounts:
    - name: workload-socket
      mountPath: /run/secrets/workload-spiffe-uds
      readOnly: true
    env:
    - name: CA_ADDR
      value: unix:///run/secrets/workload-spiffe-uds/socket
    - name: PILOT_CERT_PROVIDER
      value: "workloadapi"
`

/** Istio's own template less the volume workload-certs and its mount, which is what the fork amounts to. */
const withoutWorkloadCerts = (sidecar: string): string =>
  sidecar
    .replace(/^ *- name: workload-certs\n *mountPath: .*\n/m, '')
    .replace(/^ *- emptyDir:.*\n *name: workload-certs\n/m, '')

/** Pods ask for both in this order. */
export const templatesAnnotation = { 'inject.istio.io/templates': 'teleport-sidecar,spire' }

/** Adds the two templates to Istio's injector, as add-teleport-template.sh did. */
export const addOldTemplates = async (cluster: Cluster): Promise<void> => {
  await addTemplate(cluster, 'spire', () => spire)
  await addTemplate(cluster, 'teleport-sidecar', ({ sidecar = '' }) => {
    const forked = withoutWorkloadCerts(sidecar)
    if (forked.includes('workload-certs') || forked.length === sidecar.length) {
      throw new Error("Istio's template has changed: workload-certs was not taken out")
    }
    return forked
  })
}
