import { absolutePath, name, paths, type Schema, section } from './schema-parts.ts'

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

/** The options of the guard. */
export const guardSchema: Schema = section('What is refused, warned about and exempt.', {
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
