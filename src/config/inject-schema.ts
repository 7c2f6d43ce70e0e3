import { absolutePath, type Schema, section, text } from './schema-parts.ts'

/** The options of POST /inject. */
export const injectSchema: Schema = section('What a moved pod looks like.', {
  csiDriver: text('CSI driver that brings the socket into a pod (spiffe-csi).', 'csi.spiffe.io'),
  socketFile: {
    type: 'string',
    pattern: '^[^/]+$',
    description:
      'File name of the socket in its directory. Any other name than `socket` also sets WORKLOAD_IDENTITY_SOCKET_FILE, which makes pilot-agent insist on it.',
    default: 'socket'
  },
  mountPaths: {
    type: 'array',
    items: absolutePath,
    minItems: 1,
    description:
      'Where istio-proxy mounts the socket directory. pilot-agent and Envoy hardcode /var/run/secrets/workload-spiffe-uds, so it must be among them; the first one is the path in CA_ADDR.',
    default: ['/run/secrets/workload-spiffe-uds', '/var/run/secrets/workload-spiffe-uds']
  },
  applicationMountPath: {
    ...absolutePath,
    description:
      'Where application containers named by spiffe-webhook/app-containers mount the socket directory.',
    default: '/spiffe-workload-api'
  },
  env: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description:
      'Environment of istio-proxy beside CA_ADDR, PILOT_CERT_PROVIDER and WORKLOAD_IDENTITY_SOCKET_FILE, or instead of one of them.',
    default: {}
  },
  labels: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Labels of a moved pod, for example for the selector of a ClusterSPIFFEID.',
    default: { 'spiffe.io/spire-managed-identity': 'true' }
  },
  allowOptOut: {
    type: 'boolean',
    description:
      'Whether the pod label spiffe-webhook/inject=false keeps a pod out. Where false the label is ignored.',
    default: true
  }
})
