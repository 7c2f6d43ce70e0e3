/*
 * The one table of every option: its shape, default and meaning. Defaults, checks and docs/reference/configuration.md
 * all come from it; the chart's values carry the same names.
 */

/** A JSON Schema (draft-07, as ajv reads it), as far as it is used here. */
export interface Schema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean'
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly minLength?: number
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly propertyNames?: { readonly pattern: string }
  readonly required?: readonly string[]
  readonly additionalProperties?: false | Schema
}

const section = (
  description: string,
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = []
): Schema => ({
  type: 'object',
  description,
  default: {},
  properties,
  required,
  additionalProperties: false
})

const text = (description: string, value: string): Schema => ({
  type: 'string',
  minLength: 1,
  description,
  default: value
})

const count = (description: string, value: number, minimum: number, maximum: number): Schema => ({
  type: 'integer',
  description,
  default: value,
  minimum,
  maximum
})

const absolutePath: Schema = { type: 'string', pattern: '^/' }
const name: Schema = { type: 'string', minLength: 1 }

const paths = (description: string, value: readonly string[]): Schema => ({
  type: 'array',
  items: absolutePath,
  description,
  default: value
})

const inject = section('What a moved pod looks like.', {
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

const exemption: Schema = {
  type: 'object',
  required: ['namespace', 'serviceAccount', 'paths'],
  additionalProperties: false,
  properties: {
    namespace: name,
    serviceAccount: name,
    paths: { type: 'array', items: absolutePath, minItems: 1 },
    hostPID: { type: 'boolean' },
    creators: { type: 'array', items: name },
    debuggers: { type: 'array', items: name }
  }
}

/** With --use-service-account-credentials, as kubeadm sets it, DaemonSet pods are created by this user. */
const daemonSetController = 'system:serviceaccount:kube-system:daemon-set-controller'

const guard = section('What is refused, warned about and exempt.', {
  scope: {
    type: 'string',
    enum: ['optedIn', 'cluster'],
    description:
      '`optedIn` refuses in labelled namespaces and warns elsewhere; `cluster` refuses everywhere.',
    default: 'optedIn'
  },
  protectedPaths: paths('Directories of the node that hold a Workload API socket.', [
    '/run/spire/agent-sockets'
  ]),
  protectedPipes: {
    type: 'array',
    items: name,
    description: 'Windows named pipes of a Workload API.',
    default: ['\\\\.\\pipe\\spire-agent\\public\\api']
  },
  aliases: {
    type: 'object',
    propertyNames: { pattern: '^/' },
    additionalProperties: absolutePath,
    description:
      'Symbolic links of the node: a path at or below the key means the value; the first key that fits is followed, once.',
    default: { '/var/run': '/run' }
  },
  kubeletRoots: paths('Root directories of kubelets (--root-dir).', ['/var/lib/kubelet']),
  deniedCsiDrivers: {
    type: 'array',
    items: name,
    description: 'CSI drivers that hand out another agent socket.',
    default: ['upstream.csi.spiffe.io']
  },
  containerRuntimeSockets: paths('Sockets that are root on the node: a warning.', [
    '/run/containerd/containerd.sock',
    '/run/k3s/containerd/containerd.sock',
    '/run/crio/crio.sock',
    '/run/docker.sock',
    '/run/cri-dockerd.sock'
  ]),
  allowedHostPaths: {
    type: 'array',
    description:
      'Strict mode: every host path that lies below none of these prefixes is refused. Absent: the default mode.',
    items: {
      type: 'object',
      required: ['pathPrefix'],
      additionalProperties: false,
      properties: { pathPrefix: absolutePath, readOnly: { type: 'boolean', default: true } }
    }
  },
  nodePrivileges: {
    type: 'string',
    enum: ['warn', 'deny'],
    description: 'What hostPID, privileged containers and the like get.',
    default: 'warn'
  },
  exemptions: {
    type: 'array',
    items: exemption,
    description:
      'Workloads that may mount host paths: exact namespace, service account and paths; optionally hostPID, the users that create the pods, and the users that may add ephemeral containers.',
    default: [
      {
        namespace: 'spire-system',
        serviceAccount: 'tbot',
        paths: ['/run/spire/agent-sockets'],
        hostPID: true,
        creators: [daemonSetController]
      },
      {
        namespace: 'spire-system',
        serviceAccount: 'spiffe-csi-driver',
        paths: [
          '/run/spire/agent-sockets',
          '/var/lib/kubelet/pods',
          '/var/lib/kubelet/plugins/csi.spiffe.io',
          '/var/lib/kubelet/plugins_registry'
        ],
        creators: [daemonSetController]
      }
    ]
  }
})

const server = section('The HTTP edge.', {
  host: text('Address to listen on.', '0.0.0.0'),
  port: count('Port of the webhooks (TLS).', 8443, 0, 65535),
  probesPort: count('Port of /livez, /readyz and /metrics (plain HTTP).', 8080, 0, 65535),
  bodyLimit: count(
    'Largest body in bytes. An UPDATE review carries two objects of up to 3 MiB each.',
    8_388_608,
    65_536,
    67_108_864
  ),
  requestTimeout: count(
    'Milliseconds for headers and body; below the timeoutSeconds of the webhooks.',
    4000,
    100,
    30_000
  ),
  maxConnections: count('Connections held at once; more are closed.', 1024, 1, 65_535),
  drainDelay: count(
    'Milliseconds between SIGTERM and closing, for endpoints to clear.',
    5000,
    0,
    60_000
  ),
  clientCa: {
    type: 'string',
    minLength: 1,
    description:
      'PEM file of a CA: callers must show a client certificate signed by it (see the API server flag --admission-control-config-file).'
  }
})

const certificates = section('Where the serving key pair comes from.', {
  mode: {
    type: 'string',
    enum: ['selfSigned', 'certManager', 'files'],
    description:
      '`selfSigned` makes and rotates CA and leaf in one Secret; `certManager` and `files` read a folder.',
    default: 'selfSigned'
  },
  directory: text(
    'certManager, files: folder with tls.crt and tls.key.',
    '/etc/spiffe-webhook/tls'
  ),
  secret: section('selfSigned: the Secret that holds CA and leaf.', {
    namespace: text('Its namespace.', 'spiffe-webhook'),
    name: text('Its name.', 'spiffe-webhook-tls')
  }),
  dnsNames: {
    type: 'array',
    items: name,
    minItems: 1,
    description: 'selfSigned: DNS names and IP addresses of the leaf.',
    default: ['spiffe-webhook.spiffe-webhook.svc']
  },
  leafLifetime: count('selfSigned: seconds; renewed at two thirds.', 86_400, 10, 31_536_000),
  caLifetime: count('selfSigned: seconds; renewed at two thirds.', 31_536_000, 20, 315_360_000),
  mutatingWebhookConfiguration: {
    type: 'string',
    description: 'selfSigned: the configuration whose caBundle is kept true; empty for none.',
    default: 'spiffe-webhook'
  },
  validatingWebhookConfiguration: {
    type: 'string',
    description: 'selfSigned: the configuration whose caBundle is kept true; empty for none.',
    default: 'spiffe-webhook'
  }
})

/** The schema of the whole configuration file. */
export const configSchema: Schema = {
  type: 'object',
  description: 'Configuration of spiffe-webhook.',
  additionalProperties: false,
  properties: {
    inject,
    guard,
    server,
    certificates,
    log: section('The log on standard output, one JSON object a line.', {
      level: {
        type: 'string',
        enum: ['debug', 'info', 'warn', 'error'],
        description: 'Least level that is written.',
        default: 'info'
      }
    })
  }
}
