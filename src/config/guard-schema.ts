import { absolutePath, name, paths, type Schema, section } from './schema-parts.ts'

const exemption: Schema = {
  type: 'object',
  title: 'Exemption',
  description: 'A workload that may mount host paths.',
  required: ['namespace', 'serviceAccount', 'paths'],
  additionalProperties: false,
  properties: {
    namespace: { ...name, description: 'Its namespace, exactly.' },
    serviceAccount: { ...name, description: 'Its service account, exactly.' },
    paths: {
      type: 'array',
      items: absolutePath,
      description: 'The host paths it may mount, compared after cleaning and aliasing.'
    },
    csiDrivers: {
      type: 'array',
      items: name,
      description:
        'Drivers of guard.deniedCsiDrivers that its volumes may name, as for a nested SPIRE agent.'
    },
    hostPID: { type: 'boolean', description: 'Whether it may also set hostPID.' },
    creators: {
      type: 'array',
      items: name,
      minItems: 1,
      description:
        'Users that may create its pods; absent: anyone. Pod templates are judged without it.'
    },
    debuggers: {
      type: 'array',
      items: name,
      description: 'Users that may add ephemeral containers to its pods; absent: no one.'
    }
  }
}

/** With --use-service-account-credentials, as kubeadm sets it, DaemonSet pods are created by this user. */
const daemonSetController = 'system:serviceaccount:kube-system:daemon-set-controller'

/** Where SPIRE's charts and this project's put the agent's socket on the node (helm-charts-hardened spire-agent socketPath). */
const agentSockets = '/run/spire/agent-sockets'

/** The options of the guard. */
export const guardSchema: Schema = section(
  'GuardConfig',
  'What the guard refuses, warns about and exempts.',
  {
    scope: {
      type: 'string',
      enum: ['optedIn', 'cluster'],
      description:
        '`optedIn`: refuse in labelled namespaces and warn elsewhere; `cluster`: refuse everywhere. PersistentVolumes are refused in both.',
      default: 'optedIn'
    },
    excludedNamespaces: {
      type: 'array',
      items: name,
      description:
        'Namespaces, by exact name, that the webhook is never asked about. For `check`, `plan` and `policy`; the webhooks themselves are excluded by their namespaceSelector.',
      default: ['kube-system', 'spiffe-webhook'],
      chart: false
    },
    protectedPaths: paths('Directories of the node that hold a Workload API socket.', [
      agentSockets
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
      // Filled in beside any other, or a list of one's own would open what /var/run leads to.
      properties: { '/var/run': { ...absolutePath, default: '/run' } },
      additionalProperties: absolutePath,
      description:
        'Symbolic links of the node: a path at or below the key is judged as the value. The first key that matches is followed, once. `/var/run` is added where it is not named.',
      default: { '/var/run': '/run' }
    },
    kubeletRoots: paths('Root directories of kubelets (--root-dir).', ['/var/lib/kubelet']),
    deniedCsiDrivers: {
      type: 'array',
      items: name,
      description: "CSI drivers that hand out another agent's socket.",
      default: ['upstream.csi.spiffe.io']
    },
    containerRuntimeSockets: {
      ...paths(
        'Container runtime sockets and the folders of such, which give root on the node: treated as nodePrivileges says.',
        [
          ...['/run/containerd', '/run/k3s/containerd', '/run/k0s', '/run/crio', '/run/podman'],
          ...['/run/docker.sock', '/run/docker', '/run/cri-dockerd.sock']
        ]
      ),
      minItems: 0
    },
    nodeFolders: {
      ...paths(
        'Folders from which programs of the node take plugins, devices, pods, units or their own settings, so that a file put there is root on the node; device-plugins, plugins and pki of each kubelet root are among them. Treated as nodePrivileges says.',
        [
          ...['/etc/cdi', '/run/cdi', '/etc/nri', '/run/nri', '/opt/nri'],
          ...['/etc/kubernetes', '/usr/libexec/kubernetes', '/etc/rancher'],
          ...['/var/lib/rancher/k3s/agent/pod-manifests', '/var/lib/rancher/k3s/server'],
          ...['/var/lib/rancher/rke2/agent/pod-manifests', '/var/lib/rancher/rke2/server'],
          ...['/etc/cni', '/opt/cni', '/etc/systemd', '/usr/lib/systemd', '/lib/systemd'],
          ...['/run/systemd/system', '/run/systemd/transient', '/run/systemd/private', '/run/dbus'],
          ...['/etc/containerd', '/etc/crio', '/etc/docker', '/etc/containers'],
          ...['/usr/share/containers', '/etc/cron.d', '/var/spool/cron'],
          ...['/proc/sys/kernel', '/proc/sys/fs/binfmt_misc']
        ]
      ),
      minItems: 0
    },
    allowedHostPaths: {
      type: 'array',
      description:
        'Strict mode: every host path that is not below one of these prefixes is refused. Absent: the default mode.',
      chart: {
        default: null,
        description:
          'Strict mode: a list of `{pathPrefix, readOnly}`; every host path that is not below one of them is refused. Null: the default mode.'
      },
      items: {
        type: 'object',
        title: 'AllowedHostPath',
        description:
          "A host path that strict mode allows, in the words of PodSecurityPolicy's allowedHostPaths.",
        required: ['pathPrefix'],
        additionalProperties: false,
        properties: {
          pathPrefix: {
            ...absolutePath,
            description: 'It and everything below it, by whole segments, may be mounted.'
          },
          readOnly: {
            type: 'boolean',
            default: true,
            description: 'Whether every mount of such a volume must be readOnly.'
          }
        }
      }
    },
    nodePrivileges: {
      type: 'string',
      enum: ['warn', 'deny'],
      description:
        'What happens to hostPID, privileged containers and the other privileges that Pod Security baseline forbids, to container runtime sockets and to nodeFolders: `warn` or `deny`.',
      default: 'warn'
    },
    exemptions: {
      type: 'array',
      items: exemption,
      description:
        'Workloads that may mount host paths: exact namespace, serviceAccount and paths; optionally hostPID, creators (users that create the pods) and debuggers (users that may add ephemeral containers).',
      chart: {
        default: [],
        description:
          'Workloads that may mount host paths, beside those of workloadApi: exact namespace, serviceAccount and paths; optionally hostPID, creators (users that create the pods) and debuggers (users that may add ephemeral containers).'
      },
      default: [
        {
          namespace: 'spire-system',
          serviceAccount: 'tbot',
          paths: [agentSockets],
          hostPID: true,
          creators: [daemonSetController]
        },
        {
          namespace: 'spire-system',
          serviceAccount: 'spiffe-csi-driver',
          paths: [
            agentSockets,
            '/var/lib/kubelet/pods',
            '/var/lib/kubelet/plugins/csi.spiffe.io',
            '/var/lib/kubelet/plugins_registry'
          ],
          creators: [daemonSetController]
        }
      ]
    }
  }
)
