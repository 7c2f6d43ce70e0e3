import { absolutePath, type Schema, section, text } from './schema-parts.ts'

/** Where pilot-agent and Envoy look for the socket (istio pkg/security/security.go WorkloadIdentityPath). */
export const istioSocketDirectory = '/var/run/secrets/workload-spiffe-uds'

/** The options of POST /inject. */
export const injectSchema: Schema = section('InjectConfig', 'What injection sets in a pod.', {
  csiDriver: text(
    'Name of the CSI driver that mounts the Workload API socket into pods.',
    'csi.spiffe.io'
  ),
  socketFile: {
    type: 'string',
    pattern: '^[^/]+$',
    description:
      'File name of the socket in its directory. Any name other than `socket` also sets WORKLOAD_IDENTITY_SOCKET_FILE (Istio 1.23 or newer), and pilot-agent then fails if that file is missing.',
    default: 'socket'
  },
  mountPaths: {
    type: 'array',
    items: absolutePath,
    minItems: 1,
    description: `Where the proxy mounts the socket directory. ${istioSocketDirectory} must be one of them, since pilot-agent and Envoy hardcode it; the first one is used in CA_ADDR.`,
    default: ['/run/secrets/workload-spiffe-uds', istioSocketDirectory]
  },
  applicationMountPath: {
    ...absolutePath,
    description:
      'Where application containers named by the pod annotation spiffe-webhook/app-containers mount the socket directory.',
    default: '/spiffe-workload-api'
  },
  env: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description:
      'Additional environment of the proxy; it may also replace CA_ADDR, PILOT_CERT_PROVIDER and WORKLOAD_IDENTITY_SOCKET_FILE.',
    default: {}
  },
  labels: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description:
      'Labels added to a moved pod, for example for the podSelector of a ClusterSPIFFEID.',
    default: { 'spiffe.io/spire-managed-identity': 'true' }
  },
  allowOptOut: {
    type: 'boolean',
    description:
      'Whether the pod label spiffe-webhook/inject=false opts a pod out. If false, the label is ignored.',
    default: true
  }
})
