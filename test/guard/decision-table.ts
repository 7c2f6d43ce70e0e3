import type { GuardConfig } from '../../src/config/config.ts'
import {
  daemonSet,
  deployment,
  ephemeral,
  persistentVolume,
  pod,
  type ReviewOptions,
  review,
  templateKinds,
  updated,
  volume
} from './decision-table-objects.ts'

/** One row of the specification of the guard: what is asked, and what must be said of it everywhere. */
export interface Row {
  readonly id: string
  readonly input: string
  readonly verdict: 'allow' | 'warn' | 'deny'
  readonly why: string
  /** The word that must be said, where a refusal for any other reason would pass for the right one. */
  readonly reason?: string
  /** AdmissionReviews; each must get the verdict. */
  readonly reviews: readonly unknown[]
  /** Laid over the guard section of the table's configuration. */
  readonly guard?: Partial<GuardConfig>
  /** Why the ValidatingAdmissionPolicy is not asked; where it is, it allows what the function warns of. */
  readonly notInCel?: string
}

const daemonSetController = 'system:serviceaccount:kube-system:daemon-set-controller'
const socketDirectory = '/run/spire/agent-sockets'
const driverPaths = [
  socketDirectory,
  '/var/lib/kubelet/pods',
  '/var/lib/kubelet/plugins/csi.spiffe.io',
  '/var/lib/kubelet/plugins_registry'
]

/** The exemptions of the specification: the agent, the driver and a node exporter. */
export const tableExemptions: GuardConfig['exemptions'] = [
  {
    namespace: 'spire-system',
    serviceAccount: 'tbot',
    paths: [socketDirectory],
    hostPID: true,
    creators: [daemonSetController]
  },
  { namespace: 'spire-system', serviceAccount: 'spiffe-csi-driver', paths: driverPaths },
  { namespace: 'monitoring', serviceAccount: 'node-exporter', paths: ['/', '/proc', '/sys'] }
]

const podsAt = (...paths: readonly unknown[]): readonly unknown[] =>
  paths.map((path) => review(pod({ volumes: [volume(path)] })))

const paths = (
  id: string,
  verdict: Row['verdict'],
  why: string,
  ...list: readonly string[]
): Row => ({
  id,
  verdict,
  why,
  input: `vol ${list.map((path) => JSON.stringify(path)).join(', ')}`,
  reviews: podsAt(...list)
})

const podRow = (
  id: string,
  input: string,
  verdict: Row['verdict'],
  why: string,
  spec: Parameters<typeof pod>[0],
  options: ReviewOptions = {}
): Row => ({ id, input, verdict, why, reviews: [review(pod(spec), options)] })

const offending = volume('/run/spire')
const mount = { name: 'v', mountPath: '/host' }
const upstream = { name: 'v', csi: { driver: 'upstream.csi.spiffe.io', readOnly: true } }

const warnOnly = "the policy refuses; warnings are the webhook's"
const notAsked = 'not among its rules, so it is never asked'

const pathRows: readonly Row[] = [
  paths('path-exact', 'deny', 'the directory', socketDirectory),
  podRow('path-socket-file', 'the socket, type Socket', 'deny', 'descendant', {
    volumes: [{ name: 'v', hostPath: { path: `${socketDirectory}/socket`, type: 'Socket' } }]
  }),
  paths('path-trailing', 'deny', 'normalised', `${socketDirectory}/`, `${socketDirectory}/.`),
  paths(
    'path-double',
    'deny',
    'normalised',
    '//run/spire/agent-sockets',
    '/run//spire///agent-sockets'
  ),
  paths('path-dot', 'deny', 'normalised', '/./run/./spire/agent-sockets'),
  paths('path-parent', 'deny', 'ancestor: the socket could be replaced', '/run/spire'),
  paths('path-grandparent', 'deny', 'ancestor', '/run'),
  paths('path-root', 'deny', 'ancestor of all', '/', '//', '/.'),
  paths('path-alias', 'deny', 'symbolic link', '/var/run/spire/agent-sockets'),
  paths('path-alias-parent', 'deny', 'link, then ancestor', '/var/run', '/var//run/./spire'),
  paths('path-relative', 'deny', 'not absolute', 'run/spire/agent-sockets'),
  paths('path-relative-link', 'deny', 'the runtime may resolve it', 'var/run', 'proc/1/root', '*'),
  {
    ...paths('path-backstep', 'deny', 'defence in depth', '/data/../run/spire'),
    notInCel: 'the API server refuses .. before any policy is asked'
  },
  paths('path-dotdot-name', 'deny', 'descendant, not a backstep', `${socketDirectory}/..x`),
  paths('path-dotdot-sibling', 'allow', 'ordinary name', '/data/..x'),
  paths('path-sibling-prefix', 'allow', 'whole segments', '/run/spire/agent-sockets-upstream'),
  paths('path-sibling-short', 'allow', 'segment differs', '/run/spire/agent'),
  paths(
    'path-cousin',
    'allow',
    'not anchored there',
    '/run/spirex/agent-sockets',
    '/srv/run/spire/agent-sockets'
  ),
  paths('path-case', 'allow', 'another directory on Linux', '/RUN/spire/agent-sockets'),
  paths('path-control', 'deny', 'control characters', '/run/spire\n', '/data\u0000', '/d\u007f'),
  paths('path-space', 'allow', 'another name', '/run/spire/agent-sockets '),
  {
    id: 'path-missing',
    input: 'hostPath without a path, or with one that is not a string',
    verdict: 'deny',
    why: 'malformed is closed',
    reviews: [
      review(pod({ volumes: [{ name: 'v', hostPath: {} }] })),
      review(pod({ volumes: [{ name: 'v', hostPath: { path: 7 } }] })),
      review(pod({ volumes: [{ name: 'v', hostPath: 'x' }] }))
    ],
    notInCel: 'the API server refuses such an object before any policy is asked'
  }
]

/** Folders with the power of plugins_registry, and what holds them. */
const nodeFolders = [
  ...[
    '/etc/cdi',
    '/var/run/cdi',
    '/run/cdi/x.json',
    '/var/run/nri/nri.sock',
    '/etc/nri',
    '/opt/nri'
  ],
  ...[
    '/etc/kubernetes/manifests/',
    '/etc/kubernetes',
    '/etc/cni/net.d',
    '/etc/cni',
    '/opt/cni/bin'
  ],
  ...['/etc/systemd/system', '/usr/lib/systemd', '/lib/systemd/system', '/run/systemd/system/x'],
  ...['/etc/containerd/config.toml', '/etc//crio', '/etc/docker', '/var/lib/rancher/k3s/agent'],
  ...['/usr/libexec/kubernetes/kubelet-plugins/volume/exec', '/etc/kubernetes/pki', '/etc/rancher'],
  ...['/var/lib/kubelet/plugins/nfs.csi.k8s.io', '/var/lib/kubelet/pki', '/var/lib/rancher'],
  ...['/etc/cron.d', '/var/spool/cron/crontabs', '/run/dbus/system_bus_socket'],
  ...[
    '/run/systemd/private',
    '/run/systemd/transient',
    '/proc/sys',
    '/proc/sys/kernel/core_pattern'
  ],
  '/proc/sys/fs/binfmt_misc'
]

const nodeRows: readonly Row[] = [
  paths(
    'proc-root',
    'deny',
    'magic links',
    '/proc/1/root',
    '/proc/1/root/run/spire',
    '/proc/self/root',
    '/proc/7/cwd'
  ),
  paths('proc-all', 'deny', '/proc/<pid>/root inside', '/proc'),
  paths('proc-sys', 'allow', 'no links out', '/proc/sys/net'),
  paths('dev-fd', 'deny', 'magic link', '/dev/fd/7', '/dev/stdin'),
  paths('dev-sys', 'allow', 'no socket there', '/dev', '/sys'),
  paths(
    'kubelet-anc',
    'deny',
    "ancestor of the kubelet's pods",
    '/var',
    '/var/lib',
    '/var/lib/kubelet'
  ),
  paths('kubelet-pods', 'deny', "other pods' CSI mounts", '/var/lib/kubelet/pods'),
  paths(
    'kubelet-csi-mount',
    'deny',
    'the same socket',
    '/var/lib/kubelet/pods/UID/volumes/kubernetes.io~csi/spiffe/mount'
  ),
  paths('kubelet-driver', 'deny', 'driver socket', '/var/lib/kubelet/plugins/csi.spiffe.io'),
  paths('kubelet-registry', 'deny', 'a false driver', '/var/lib/kubelet/plugins_registry'),
  {
    ...paths('kubelet-devplug', 'warn', 'device plugins', '/var/lib/kubelet/device-plugins'),
    reason: 'NodeFolder',
    notInCel: warnOnly
  },
  {
    ...paths('node-folder', 'warn', 'root on the node', ...nodeFolders),
    reason: 'NodeFolder',
    notInCel: warnOnly
  },
  {
    ...paths('node-folder-deny', 'deny', 'the option', ...nodeFolders),
    reason: 'NodeFolder',
    guard: { nodePrivileges: 'deny' }
  },
  {
    id: 'node-folder-pv',
    input: 'PV local /etc/kubernetes/manifests, NRI mount of /etc/cdi',
    verdict: 'warn',
    reason: 'NodeFolder',
    why: 'wherever a path is written',
    reviews: [
      review(persistentVolume({ local: { path: '/etc/kubernetes/manifests' } })),
      review(
        pod({}, { annotations: { 'mounts.nri.io/pod': '- {source: /etc/cdi, destination: /x}' } })
      )
    ],
    notInCel: warnOnly
  },
  {
    id: 'node-folder-exempt',
    input: 'vol /var/lib/kubelet/device-plugins, listed',
    verdict: 'allow',
    why: 'an exemption by path',
    guard: {
      nodePrivileges: 'deny',
      exemptions: [
        { namespace: 'app', serviceAccount: 'default', paths: ['/var/lib/kubelet/device-plugins'] }
      ]
    },
    reviews: podsAt('/var/lib/kubelet/device-plugins')
  },
  {
    ...paths('node-folder-root', 'deny', 'list of roots', '/var/lib/k0s/kubelet/device-plugins'),
    guard: { kubeletRoots: ['/var/lib/k0s/kubelet'], nodePrivileges: 'deny' }
  },
  paths('node-folder-ok', 'allow', 'beside them', '/etc/cni2', '/opt', '/opt/app', '/usr/lib/x'),
  {
    ...paths('kubelet-altroot', 'deny', 'list of roots', '/var/lib/k0s/kubelet/pods'),
    guard: { kubeletRoots: ['/var/lib/kubelet', '/var/lib/k0s/kubelet'] }
  },
  {
    ...paths('protected-list', 'deny', 'second protected path', '/run/tbot/sockets'),
    guard: { protectedPaths: [socketDirectory, '/run/tbot/sockets'] }
  },
  paths(
    'ordinary',
    'allow',
    'no overlap',
    '/var/log',
    '/etc',
    '/data',
    '/tmp',
    '/run/xtables.lock',
    '/var/run/netns'
  ),
  {
    ...paths(
      'cri-socket',
      'warn',
      'root on the node',
      '/run/containerd/containerd.sock',
      '/var/run/docker.sock',
      '/run/containerd/containerd.sock.ttrpc',
      '/run/containerd/s',
      '/run/docker/containerd',
      '/run/k0s/containerd.sock',
      '/run/podman/podman.sock'
    ),
    notInCel: warnOnly
  },
  {
    ...paths('cri-socket-deny', 'deny', 'the option', '/run/containerd/containerd.sock'),
    reason: 'ContainerRuntimeSocket',
    guard: { nodePrivileges: 'deny' }
  },
  paths('win-drive', 'allow', 'no POSIX meaning', 'C:\\data'),
  paths('win-pipe', 'deny', "SPIRE's pipe", '\\\\.\\pipe\\spire-agent\\public\\api'),
  {
    ...paths('strict-mode-deny', 'deny', 'planted links', '/data'),
    guard: { allowedHostPaths: [] }
  },
  {
    ...podRow(
      'strict-mode-writable',
      'vol /data, listed readOnly, mounted writable',
      'deny',
      'planted links',
      {
        volumes: [volume('/data')],
        containers: [{ name: 'app', image: 'app:1', volumeMounts: [mount] }]
      }
    ),
    guard: { allowedHostPaths: [{ pathPrefix: '/data', readOnly: true }] }
  },
  {
    ...podRow('strict-mode-allow', 'vol /data, listed, mounted readOnly', 'allow', 'on the list', {
      volumes: [volume('/data')],
      containers: [{ name: 'app', image: 'app:1', volumeMounts: [{ ...mount, readOnly: true }] }]
    }),
    guard: { allowedHostPaths: [{ pathPrefix: '/data', readOnly: true }] }
  }
]

const strictRows: readonly Row[] = [
  {
    ...paths('strict-mode-windows', 'deny', 'not on the list', 'C:\\data', '\\\\.\\pipe\\other'),
    guard: { allowedHostPaths: [] }
  },
  {
    id: 'strict-mode-pv',
    input: 'PV hostPath /data, listed readOnly',
    verdict: 'deny',
    why: 'nobody knows who will mount it writable',
    reviews: [review(persistentVolume({ hostPath: { path: '/data' } }))],
    guard: { allowedHostPaths: [{ pathPrefix: '/data', readOnly: true }] }
  },
  {
    ...paths('win-pipe-listed', 'deny', 'listed in another spelling', '\\\\.\\pipe\\tbot'),
    guard: { protectedPipes: ['//?/pipe/Tbot'] }
  }
]

const hostPathTypes = [
  '',
  'DirectoryOrCreate',
  'Directory',
  'FileOrCreate',
  'File',
  'Socket',
  'CharDevice',
  'BlockDevice'
]

const volumeRows: readonly Row[] = [
  podRow('vol-unmounted', 'offending volume, no mount', 'deny', 'latent for ephemeral containers', {
    volumes: [offending]
  }),
  podRow('vol-init', 'mounted only by an init container', 'deny', 'same volumes', {
    volumes: [offending],
    initContainers: [{ name: 'init', image: 'app:1', volumeMounts: [mount] }]
  }),
  podRow('vol-sidecar', 'mounted only by a restartable init container', 'deny', 'same volumes', {
    volumes: [offending],
    initContainers: [{ name: 's', image: 'app:1', restartPolicy: 'Always', volumeMounts: [mount] }]
  }),
  podRow('vol-subpath', 'vol /run, subPath, subPathExpr', 'deny', 'narrowing is void', {
    volumes: [volume('/run')],
    containers: [
      {
        name: 'app',
        image: 'app:1',
        env: [{ name: 'POD_NAME', value: 'x' }],
        volumeMounts: [
          { ...mount, subPath: 'systemd' },
          { ...mount, mountPath: '/other', subPathExpr: '$(POD_NAME)' }
        ]
      }
    ]
  }),
  podRow('vol-readonly', 'readOnly mounts', 'deny', 'connect works read-only', {
    volumes: [offending],
    containers: [{ name: 'app', image: 'app:1', volumeMounts: [{ ...mount, readOnly: true }] }]
  }),
  {
    id: 'vol-types',
    input: 'each hostPath type',
    verdict: 'deny',
    why: 'the type is irrelevant',
    reviews: hostPathTypes.map((type) =>
      review(pod({ volumes: [{ name: 'v', hostPath: { path: '/run/spire', type } }] }))
    )
  },
  podRow('vol-second', 'first volume fine, second offending', 'deny', 'all are read', {
    volumes: [{ name: 'fine', emptyDir: {} }, offending]
  }),
  podRow('vol-constructor', 'offending volume named constructor', 'deny', 'prototype lookups', {
    volumes: [{ ...offending, name: 'constructor' }]
  }),
  {
    id: 'vol-none',
    input: 'volumes absent, null, empty',
    verdict: 'allow',
    why: 'nothing there',
    reviews: [review(pod({})), review(pod({ volumes: null })), review(pod({ volumes: [] }))]
  },
  podRow('csi-ok', 'csi.spiffe.io readOnly', 'allow', 'the sanctioned route', {
    volumes: [{ name: 'v', csi: { driver: 'csi.spiffe.io', readOnly: true } }]
  }),
  {
    ...podRow('csi-rw', 'csi.spiffe.io, not readOnly', 'warn', 'the driver will refuse it', {
      volumes: [{ name: 'v', csi: { driver: 'csi.spiffe.io' } }]
    }),
    notInCel: warnOnly
  },
  podRow('csi-upstream', 'upstream.csi.spiffe.io', 'deny', 'listed driver', {
    volumes: [{ name: 'v', csi: { driver: 'upstream.csi.spiffe.io', readOnly: true } }]
  }),
  podRow('csi-other', 'secrets-store.csi.k8s.io', 'allow', 'another driver', {
    volumes: [{ name: 'v', csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true } }]
  }),
  podRow(
    'vol-benign',
    'emptyDir, projected, image, configMap, ephemeral, PVC',
    'allow',
    'no host path',
    {
      volumes: [
        { name: 'a', emptyDir: {} },
        { name: 'b', projected: { sources: [] } },
        { name: 'c', image: { reference: 'data:1' } },
        { name: 'd', configMap: { name: 'x' } },
        {
          name: 'e',
          ephemeral: {
            volumeClaimTemplate: {
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
            }
          }
        },
        { name: 'f', persistentVolumeClaim: { claimName: 'x' } }
      ]
    }
  ),
  {
    ...podRow('vol-flex', 'flexVolume', 'warn', 'node code', {
      volumes: [{ name: 'v', flexVolume: { driver: 'example.com/x' } }]
    }),
    notInCel: warnOnly
  },
  {
    ...podRow('vol-git', 'gitRepo', 'warn', 'node code', {
      volumes: [{ name: 'v', gitRepo: { repository: 'https://example.com/x.git' } }]
    }),
    notInCel: warnOnly
  }
]

const annotations = (entries: Readonly<Record<string, string>>): Parameters<typeof pod>[1] => ({
  annotations: entries
})
const userVolume = annotations({
  'sidecar.istio.io/userVolume': '{"sock":{"hostPath":{"path":"/run/spire"}}}'
})

const deviceKeys = [
  ...['devices.nri.io/container.app', 'devices.noderesource.dev', 'devices.gke.io/container.app'],
  ...[
    'cdi.k8s.io/x',
    'cdi.nri.io/pod',
    'cdi-devices.nri.io',
    'io.kubernetes.cri-o.Devices',
    'devices.crio.io'
  ],
  'cdi-devices.noderesource.dev/container.app'
]

const annotationRows: readonly Row[] = [
  {
    id: 'ann-nri-kernel',
    input: 'mounts.nri.io with proc, sysfs or cgroup',
    verdict: 'warn',
    reason: 'NodeDeviceAnnotation',
    why: 'without the masks of the runtime: whoever writes core_pattern is root',
    reviews: ['proc', 'sysfs', 'cgroup', 'cgroup2'].map((type) =>
      review(pod({}, annotations({ 'mounts.nri.io/pod': `- {destination: /x, type: ${type}}` })))
    ),
    notInCel: warnOnly
  },
  {
    id: 'ann-nri-kernel-deny',
    input: 'the same with guard.nodePrivileges deny',
    verdict: 'deny',
    reason: 'NodeDeviceAnnotation',
    why: 'the option',
    guard: { nodePrivileges: 'deny' },
    reviews: [
      review(pod({}, annotations({ 'mounts.nri.io/pod': '- {destination: /x, type: proc}' })))
    ],
    notInCel: 'CEL cannot read YAML'
  },
  {
    id: 'ann-nri',
    input: 'mounts.nri.io/container.app with source /run/spire',
    verdict: 'deny',
    why: 'a mount of the runtime',
    reviews: [
      '- source: /run/spire\n  destination: /x\n  type: bind\n  options: [rbind]\n',
      '[{"source":"//var/run/spire/","destination":"/x"}]',
      '- {source: /run, destination: /x, type: none, options: [rw, bind]}'
    ].map((text) => review(pod({}, annotations({ 'mounts.nri.io/container.app': text })))),
    notInCel: 'CEL cannot read YAML'
  },
  {
    id: 'ann-nri-ok',
    input: 'mounts.nri.io with a tmpfs, or an ordinary source',
    verdict: 'allow',
    why: 'no host path, or a harmless one',
    reviews: [
      '- {source: tmpfs, destination: /x, type: tmpfs}',
      '- {source: /data, destination: /x, type: bind}'
    ].map((text) => review(pod({}, annotations({ 'mounts.nri.io/pod': text }))))
  },
  {
    id: 'ann-nri-bad',
    input: 'mounts.noderesource.dev/pod, unreadable',
    verdict: 'deny',
    reason: 'NriAnnotationUnreadable',
    why: 'nobody can say',
    reviews: [': {', 'plain words', '- source: 7', '- just words', ''].map((text) =>
      review(pod({}, annotations({ 'mounts.noderesource.dev/pod': text })))
    ),
    notInCel: 'CEL cannot read YAML'
  },
  {
    id: 'ann-nri-two-readers',
    input: 'mounts.nri.io that two YAML readers read in two ways',
    verdict: 'deny',
    reason: 'NriAnnotationUnreadable',
    why: 'the plugin reads a source where another reader sees none',
    reviews: [
      '- {&k source: /data, *k : /run/spire, destination: /x, type: bind, options: [rbind]}',
      '- source: /data #\u0085  source: /run/spire\n  destination: /x\n  type: bind',
      '- {source: /data, source: /run/spire}',
      '- {destination: /x, Source: /run/spire}'
    ].map((text) => review(pod({}, annotations({ 'mounts.nri.io/container.app': text })))),
    notInCel: 'CEL cannot read YAML'
  },
  {
    id: 'ann-nri-type',
    input: 'mounts.nri.io with a file system that is not known',
    verdict: 'deny',
    reason: 'NriAnnotationUnreadable',
    why: 'an overlay shows the folders that its options name, a disk shows all of it',
    reviews: [
      '- {source: /data, destination: /x, type: overlay, options: ["lowerdir=/run/spire"]}',
      '- {source: /dev/sda1, destination: /x, type: ext4}'
    ].map((text) => review(pod({}, annotations({ 'mounts.nri.io/container.app': text })))),
    notInCel: 'CEL cannot read YAML'
  },
  {
    id: 'ann-devices',
    input: 'devices.nri.io, cdi.k8s.io',
    verdict: 'warn',
    reason: 'NodeDeviceAnnotation',
    why: 'a disk by its numbers is the node, and a CDI device may bring mounts',
    reviews: deviceKeys.map((key) => review(pod({}, annotations({ [key]: '' })))),
    notInCel: warnOnly
  },
  {
    id: 'ann-devices-deny',
    input: 'devices.nri.io with guard.nodePrivileges deny',
    verdict: 'deny',
    reason: 'NodeDeviceAnnotation',
    why: 'the option',
    guard: { nodePrivileges: 'deny' },
    reviews: deviceKeys.map((key) => review(pod({}, annotations({ [key]: '[]' }))))
  },
  {
    id: 'ann-nri-status',
    input: 'pods/status UPDATE that adds a mount of /run/spire in mounts.nri.io',
    verdict: 'deny',
    reason: 'NriMountReachesSocket',
    why: 'pods/status takes annotations too (registry/core/pod podStatusStrategy)',
    reviews: [
      review(pod({}, annotations({ 'mounts.nri.io/pod': '- source: /run/spire' })), {
        oldObject: pod({}),
        subResource: 'status'
      })
    ],
    notInCel: 'CEL cannot read YAML'
  },
  {
    id: 'ann-devices-status',
    input: 'pods/status UPDATE that adds a cdi.k8s.io annotation',
    verdict: 'deny',
    reason: 'NodeDeviceAnnotation',
    why: 'the same',
    guard: { nodePrivileges: 'deny' },
    reviews: [
      review(pod({}, annotations({ 'cdi.k8s.io/x': 'a.test/b=c' })), {
        oldObject: pod({}),
        subResource: 'status'
      })
    ]
  },
  {
    id: 'status-old',
    input: 'pods/status UPDATE of an old violating pod',
    verdict: 'warn',
    why: 'unchanged',
    reviews: [
      review(pod({ volumes: [offending] }), {
        oldObject: pod({ volumes: [offending] }),
        subResource: 'status'
      })
    ],
    notInCel: notAsked
  },
  {
    id: 'ann-devices-later',
    input: 'Pod UPDATE that adds or changes a devices.nri.io annotation',
    verdict: 'deny',
    reason: 'NodeDeviceAnnotation',
    why: 'a gated pod has no sandbox yet',
    guard: { nodePrivileges: 'deny' },
    reviews: [review(pod({}, annotations({ 'devices.nri.io/pod': '[]' })), { oldObject: pod({}) })]
  },
  {
    id: 'ann-istio-case',
    input: 'Deployment template with userVolume in capitals',
    verdict: 'warn',
    reason: 'IstioUserVolume',
    why: "Go's encoding/json takes a name in any case",
    reviews: ['HostPath', 'HO\u017fTPATH'].map((key) =>
      review(
        deployment(
          pod(
            {},
            annotations({
              'sidecar.istio.io/userVolume': JSON.stringify({
                s: { [key]: { PATH: '/run/spire' } }
              })
            })
          )
        )
      )
    ),
    notInCel: 'CEL cannot read JSON in an annotation, and the final pod is refused'
  },
  {
    id: 'csi-exempt',
    input: 'upstream.csi.spiffe.io in a workload whose exemption lists the driver',
    verdict: 'allow',
    why: 'a nested SPIRE agent',
    guard: {
      exemptions: [
        {
          namespace: 'app',
          serviceAccount: 'default',
          paths: ['/run/spire'],
          csiDrivers: ['upstream.csi.spiffe.io']
        }
      ]
    },
    reviews: [
      review(pod({ volumes: [upstream] })),
      review(deployment(pod({ volumes: [upstream, { ...offending, name: 'w' }] })))
    ]
  },
  {
    id: 'csi-exempt-path',
    input: 'the same with an exemption that lists a path alone',
    verdict: 'deny',
    reason: 'CsiDriverDenied',
    why: 'a path is no driver',
    guard: {
      exemptions: [{ namespace: 'app', serviceAccount: 'default', paths: ['/run/spire'] }]
    },
    reviews: [review(pod({ volumes: [upstream] }))]
  },
  {
    id: 'ann-nri-later',
    input: 'Pod UPDATE that adds or changes a mount of /run/spire in mounts.nri.io',
    verdict: 'deny',
    reason: 'NriMountReachesSocket',
    why: 'a gated pod has no sandbox yet, so what is put on later still mounts',
    reviews: [{}, annotations({ 'mounts.nri.io/container.app': '- source: /data' })].map((old) =>
      review(pod({}, annotations({ 'mounts.nri.io/container.app': '- source: /run/spire' })), {
        oldObject: pod({}, old)
      })
    ),
    notInCel: 'CEL cannot read YAML'
  },
  {
    id: 'ann-istio-tpl',
    input: 'Deployment template with userVolume /run/spire',
    verdict: 'warn',
    why: 'injected later',
    reviews: [review(deployment(pod({}, userVolume)))],
    notInCel: 'CEL cannot read JSON in an annotation, and the final pod is refused'
  },
  {
    id: 'ann-istio-pod',
    input: 'the same Pod after injection',
    verdict: 'deny',
    why: 'final object',
    reviews: [review(pod({ volumes: [{ ...offending, name: 'sock' }] }, userVolume))]
  }
]

const oldVolume = persistentVolume({ hostPath: { path: '/run/spire' } })

const storageRows: readonly Row[] = [
  {
    id: 'pv-hostpath',
    input: 'PV hostPath /run/spire',
    verdict: 'deny',
    why: 'TOB-K8S-038',
    reviews: [review(oldVolume)]
  },
  {
    id: 'pv-local',
    input: 'PV local /var/run/spire/agent-sockets',
    verdict: 'deny',
    why: 'TOB-K8S-038',
    reviews: [review(persistentVolume({ local: { path: '/var/run/spire/agent-sockets' } }))]
  },
  {
    id: 'pv-ok',
    input: 'PV hostPath /data, csi, nfs',
    verdict: 'allow',
    why: 'no route',
    reviews: [
      { hostPath: { path: '/data' } },
      { csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'x' } },
      { nfs: { server: 'nfs.example.com', path: '/run/spire' } }
    ].map((source) => review(persistentVolume(source)))
  },
  {
    id: 'pv-flex',
    input: 'PV flexVolume',
    verdict: 'warn',
    reason: 'NodeCodeVolume',
    why: 'node code',
    reviews: [review(persistentVolume({ flexVolume: { driver: 'a/b' } }))],
    notInCel: warnOnly
  },
  {
    id: 'pv-provisioner',
    input: 'PV local /run/spire/agent-sockets/x by a provisioner',
    verdict: 'deny',
    why: 'no exemption by service account',
    reviews: [
      review(persistentVolume({ local: { path: '/run/spire/agent-sockets/x' } }), {
        username: 'system:serviceaccount:local-path-storage:local-path-provisioner-service-account'
      })
    ]
  },
  {
    id: 'pv-old-update',
    input: 'label change on an old PV',
    verdict: 'warn',
    why: 'unchanged source',
    reviews: [review(updated(oldVolume, { labels: { a: 'b' } }), { oldObject: oldVolume })]
  },
  {
    id: 'pvc-to-bad-pv',
    input: 'Pod with a claim bound to an old bad PV',
    verdict: 'allow',
    why: 'nothing is looked up; the PV itself is refused, and verify lists the pod',
    reviews: [
      review(pod({ volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'old' } }] }))
    ]
  },
  {
    id: 'sc-localpath',
    input: 'StorageClass nodePath /run/spire',
    verdict: 'warn',
    why: 'the PV is gated',
    reviews: [
      review({
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'sc' },
        provisioner: 'rancher.io/local-path',
        parameters: { nodePath: '/run/spire' }
      })
    ],
    notInCel: warnOnly
  },
  {
    id: 'sc-others',
    input: 'StorageClasses of other local provisioners',
    verdict: 'warn',
    reason: 'StorageClassPath',
    why: 'the PV is gated',
    reviews: [
      { provisioner: 'microk8s.io/hostpath', parameters: { pvDir: '/var/lib/kubelet/pods' } },
      {
        provisioner: 'rancher.io/local-path',
        parameters: { pathPattern: '{{ .PVC.Namespace }}/../../run' }
      },
      {
        provisioner: 'rancher.io/local-path',
        parameters: { pathPattern: '{{ .PVC.annotations.folder }}' }
      },
      {
        provisioner: 'openebs.io/local',
        metadata: {
          name: 'sc',
          annotations: {
            'cas.openebs.io/config':
              '- name: StorageType\n  value: hostpath\n- {name: BasePath, value: /run/spire}\n'
          }
        }
      }
    ].map((storage) =>
      review({
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'sc' },
        ...storage
      })
    ),
    notInCel: warnOnly
  },
  {
    id: 'sc-crowd',
    input: 'StorageClass with more paths than are judged',
    verdict: 'warn',
    reason: 'StorageClassPath',
    why: 'bounded time',
    reviews: [
      review({
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: {
          name: 'sc',
          annotations: { 'cas.openebs.io/config': '- value: /data\n'.repeat(65) }
        },
        provisioner: 'openebs.io/local'
      })
    ],
    notInCel: warnOnly
  },
  {
    id: 'sc-ok',
    input: 'StorageClasses on ordinary folders',
    verdict: 'allow',
    why: 'no route',
    reviews: [
      {
        provisioner: 'rancher.io/local-path',
        parameters: { nodePath: '/opt/data', pathPattern: '{{ .PVC.Namespace }}/{{ .PVC.Name }}' }
      },
      { provisioner: 'nfs.test/nfs', parameters: { pathPattern: '{{ .PVC.annotations.x }}' } },
      {
        provisioner: 'openebs.io/local',
        metadata: {
          name: 'sc',
          annotations: {
            'cas.openebs.io/config': '- name: BasePath\n  value: "/var/openebs/local"'
          }
        }
      }
    ].map((storage) =>
      review({
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'sc' },
        ...storage
      })
    )
  }
]

const oldDeployment = deployment(pod({ volumes: [offending] }))

const templateRows: readonly Row[] = [
  {
    id: 'tpl-kinds',
    input: 'the 8 kinds that carry a pod template',
    verdict: 'deny',
    reason: 'HostPathReachesSocket',
    why: 'early feedback',
    reviews: templateKinds(pod({ volumes: [offending] })).map((object) => review(object))
  },
  {
    id: 'tpl-rc-nil',
    input: 'ReplicationController without template',
    verdict: 'allow',
    why: 'no pod',
    reviews: [
      review({
        apiVersion: 'v1',
        kind: 'ReplicationController',
        metadata: { name: 'rc', namespace: 'app' },
        spec: { replicas: 0, template: null }
      })
    ],
    notInCel: 'the API server refuses such an object before any policy is asked'
  },
  {
    id: 'tpl-update-new',
    input: 'Deployment UPDATE adds vol /run/spire',
    verdict: 'deny',
    why: 'new violation',
    reviews: [review(oldDeployment, { oldObject: deployment(pod({})) })]
  },
  {
    id: 'tpl-update-relative',
    input: 'Deployment UPDATE from vol var/run to proc/1/root',
    verdict: 'deny',
    why: 'another path',
    reviews: [
      review(deployment(pod({ volumes: [volume('proc/1/root')] })), {
        oldObject: deployment(pod({ volumes: [volume('var/run')] }))
      })
    ]
  },
  {
    id: 'tpl-update-old',
    input: 'UPDATE of replicas on an old violating Deployment',
    verdict: 'warn',
    why: 'unchanged',
    reviews: [
      review(
        { ...oldDeployment, spec: { ...oldDeployment.spec, replicas: 3 } },
        { oldObject: oldDeployment }
      )
    ]
  },
  {
    id: 'tpl-update-terminating',
    input: 'old violating template swapped for another, deletionTimestamp set',
    verdict: 'deny',
    why: 'CVE-2023-34091',
    reviews: [
      review(
        updated(deployment(pod({ volumes: [volume('/run')] })), {
          deletionTimestamp: '2026-01-01T00:00:00Z'
        }),
        { oldObject: oldDeployment }
      )
    ]
  },
  {
    id: 'tpl-scale',
    notInCel: notAsked,
    input: 'deployments/scale UPDATE',
    verdict: 'allow',
    why: 'no template: not matched',
    reviews: [
      review(
        { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'x', namespace: 'app' } },
        { operation: 'UPDATE', subResource: 'scale' }
      )
    ]
  },
  podRow(
    'crd-pod',
    "an operator's pod, vol /run",
    'deny',
    'the Pod rule',
    { volumes: [volume('/run')] },
    { username: 'system:serviceaccount:argo:argo' }
  )
]

const tbotSpec = { serviceAccountName: 'tbot', hostPID: true, volumes: [volume(socketDirectory)] }
const tbotPod = pod(tbotSpec, { namespace: 'spire-system' })
const debug = { name: 'debug', image: 'busybox:1' }

const ephemeralRows: readonly Row[] = [
  {
    id: 'eph-latent',
    input: 'ephemeral container mounts an offending volume of an old pod',
    verdict: 'deny',
    why: 'subresource rule',
    reviews: [ephemeral(pod({ volumes: [offending] }), { ...debug, volumeMounts: [mount] })]
  },
  {
    id: 'eph-target',
    input: 'ephemeral container targets a container that mounts an offending volume',
    verdict: 'deny',
    why: "the target's files are below /proc/<pid>/root",
    reviews: [
      ephemeral(
        pod({
          volumes: [offending],
          containers: [{ name: 'app', image: 'app:1', volumeMounts: [mount] }]
        }),
        { ...debug, targetContainerName: 'app' }
      ),
      ephemeral(
        pod({
          shareProcessNamespace: true,
          volumes: [offending],
          containers: [{ name: 'app', image: 'app:1', volumeMounts: [mount] }]
        }),
        debug
      )
    ]
  },
  {
    id: 'eph-joined',
    input: 'ephemeral container joins another one that mounts an offending volume',
    verdict: 'deny',
    why: 'containers with one target see the files of each other',
    reviews: [
      ephemeral(
        pod({
          volumes: [offending],
          ephemeralContainers: [
            { ...debug, name: 'old', targetContainerName: 'app', volumeMounts: [mount] }
          ]
        }),
        { ...debug, targetContainerName: 'app' }
      ),
      ephemeral(
        pod({
          shareProcessNamespace: true,
          volumes: [offending],
          ephemeralContainers: [{ ...debug, name: 'old', volumeMounts: [mount] }]
        }),
        debug
      )
    ]
  },
  {
    id: 'eph-beside',
    input: 'ephemeral container beside another one that mounts an offending volume',
    verdict: 'warn',
    why: 'each has processes of its own',
    reviews: [
      ephemeral(
        pod({
          volumes: [offending],
          ephemeralContainers: [{ ...debug, name: 'old', volumeMounts: [mount] }]
        }),
        { ...debug, targetContainerName: 'app' }
      )
    ]
  },
  {
    id: 'eph-clean',
    input: 'ephemeral container in a clean pod',
    verdict: 'allow',
    why: 'no route',
    reviews: [ephemeral(pod({ volumes: [volume('/data')] }), { ...debug, volumeMounts: [mount] })]
  },
  {
    id: 'eph-old-nomount',
    input: 'new ephemeral container, the old pod has the volume, not mounted',
    verdict: 'warn',
    why: 'nothing new',
    reviews: [ephemeral(pod({ volumes: [offending] }), debug)]
  },
  {
    id: 'eph-csi-upstream',
    input: 'ephemeral container mounts upstream.csi.spiffe.io of an old pod',
    verdict: 'deny',
    why: 'listed driver',
    reviews: [
      ephemeral(
        pod({
          volumes: [{ name: 'v', csi: { driver: 'upstream.csi.spiffe.io', readOnly: true } }]
        }),
        { ...debug, volumeMounts: [mount] }
      )
    ]
  },
  {
    id: 'eph-exempt',
    input: 'ephemeral container added to a tbot pod',
    verdict: 'deny',
    why: 'the exemption does not extend',
    reviews: [ephemeral(tbotPod, debug)]
  },
  {
    id: 'eph-exempt-debugger',
    input: 'the same by a user listed as debugger',
    verdict: 'allow',
    why: 'break glass',
    reviews: [ephemeral(tbotPod, debug, { username: 'oncall' })],
    guard: {
      exemptions: tableExemptions.map((entry) => ({ ...entry, debuggers: ['oncall'] }))
    }
  },
  {
    id: 'sub-other',
    notInCel: notAsked,
    input: 'pods/resize',
    verdict: 'allow',
    why: 'no volumes and no annotations: not matched',
    reviews: [review(pod({ volumes: [offending] }), { operation: 'UPDATE', subResource: 'resize' })]
  }
]

const byController = { username: daemonSetController }
const driverSpec = {
  serviceAccountName: 'spiffe-csi-driver',
  containers: [{ name: 'driver', image: 'driver:1', securityContext: { privileged: true } }],
  volumes: driverPaths.map((path, i) => ({ ...volume(path), name: `v${i}` }))
}
const inSpire = { namespace: 'spire-system' }

const exemptionRows: readonly Row[] = [
  {
    id: 'exempt-warned',
    input: 'an exempt workload with its own path and a gitRepo volume',
    verdict: 'warn',
    why: 'an exemption covers what it lists; the rest is still said',
    reviews: [
      review(
        pod(
          {
            serviceAccountName: 'node-exporter',
            volumes: [
              { ...volume('/proc'), name: 'proc' },
              { name: 'code', gitRepo: { repository: 'https://example.com/x' } }
            ]
          },
          { namespace: 'monitoring' }
        )
      )
    ],
    notInCel: warnOnly
  },
  {
    id: 'ex-tbot',
    input: 'tbot pod by the DaemonSet controller',
    verdict: 'allow',
    why: 'exact entry',
    reviews: [review(tbotPod, byController)]
  },
  {
    id: 'ex-tbot-human',
    input: 'the same Pod by user alice',
    verdict: 'deny',
    why: 'creator pin',
    reviews: [review(tbotPod, { username: 'alice' })]
  },
  {
    id: 'ex-ds',
    input: 'tbot DaemonSet by a Helm user',
    verdict: 'allow',
    why: 'namespace, account and paths',
    reviews: [review(daemonSet(tbotPod))]
  },
  {
    id: 'ex-driver',
    input: 'CSI driver DaemonSet with its four paths',
    verdict: 'allow',
    why: 'exact entry',
    reviews: [review(daemonSet(pod(driverSpec, inSpire)))]
  },
  {
    id: 'ex-other-path',
    input: 'account tbot, vol /',
    verdict: 'deny',
    why: 'paths are part of the entry',
    reviews: [
      review(pod({ serviceAccountName: 'tbot', volumes: [volume('/')] }, inSpire), byController)
    ]
  },
  {
    id: 'ex-relative',
    input: 'account tbot, vol run/spire/agent-sockets',
    verdict: 'deny',
    why: 'no entry lists what the runtime makes of it',
    reviews: [
      review(
        pod({ serviceAccountName: 'tbot', volumes: [volume(socketDirectory.slice(1))] }, inSpire),
        byController
      )
    ]
  },
  {
    id: 'ex-combined',
    input: 'one pod that needs two entries',
    verdict: 'deny',
    why: 'entries do not add up',
    reviews: [
      review(
        pod(
          {
            serviceAccountName: 'tbot',
            volumes: [volume(socketDirectory), { ...volume('/var/lib/kubelet/pods'), name: 'w' }]
          },
          inSpire
        ),
        byController
      )
    ]
  },
  {
    id: 'ex-label',
    input: 'pod in app with the labels of tbot',
    verdict: 'deny',
    why: 'untrusted',
    reviews: [
      review(
        pod(
          { serviceAccountName: 'tbot', volumes: [volume(socketDirectory)] },
          { labels: { 'app.kubernetes.io/name': 'tbot' } }
        ),
        byController
      )
    ]
  },
  {
    id: 'ex-owner',
    input: 'forged ownerReferences',
    verdict: 'deny',
    why: 'untrusted',
    reviews: [
      review(
        pod(
          { serviceAccountName: 'tbot', volumes: [volume(socketDirectory)] },
          {
            ownerReferences: [
              {
                apiVersion: 'apps/v1',
                kind: 'DaemonSet',
                name: 'tbot',
                uid: '8f3c1c3e-7b1f-4f5e-9c53-0a3f0d6e1c11',
                controller: true
              }
            ]
          }
        )
      )
    ]
  },
  {
    id: 'ex-ns-prefix',
    input: 'namespace spire-system-evil, spire',
    verdict: 'deny',
    why: 'exact match',
    reviews: ['spire-system-evil', 'spire'].map((namespace) =>
      review(pod(tbotSpec, { namespace }), byController)
    )
  },
  {
    id: 'ex-ns-constructor',
    input: 'namespace or account constructor',
    verdict: 'deny',
    why: 'prototype lookups',
    reviews: [
      review(pod(tbotSpec, { namespace: 'constructor' }), byController),
      review(pod({ ...tbotSpec, serviceAccountName: 'constructor' }, inSpire), byController)
    ]
  },
  {
    id: 'ex-sa-default',
    input: 'template without serviceAccountName in spire-system',
    verdict: 'deny',
    why: 'means default',
    reviews: [review(daemonSet(pod({ volumes: [volume(socketDirectory)] }, inSpire)))]
  },
  {
    id: 'ex-sa-deprecated',
    input: 'template with only serviceAccount: tbot',
    verdict: 'allow',
    why: 'conversion fills both',
    reviews: [
      review(
        daemonSet(pod({ serviceAccount: 'tbot', volumes: [volume(socketDirectory)] }, inSpire))
      )
    ]
  },
  podRow(
    'ex-masters',
    'system:masters user, vol /run in app',
    'deny',
    'no user is exempt',
    { volumes: [volume('/run')] },
    { username: 'admin', groups: ['system:masters', 'system:authenticated'] }
  ),
  {
    id: 'ex-exporter',
    input: 'node-exporter with /, /proc, /sys in monitoring',
    verdict: 'allow',
    why: 'exact entry',
    reviews: [
      review(
        pod(
          {
            serviceAccountName: 'node-exporter',
            volumes: ['/', '/proc', '/sys'].map((path, i) => ({ ...volume(path), name: `v${i}` }))
          },
          { namespace: 'monitoring' }
        )
      )
    ]
  },
  {
    id: 'mirror-node',
    input: 'mirror pod by its node',
    verdict: 'warn',
    why: 'the static pod runs anyway: recorded',
    reviews: [
      review(
        pod({ volumes: [offending] }, { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
        { username: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] }
      )
    ],
    notInCel: warnOnly
  },
  {
    id: 'mirror-user',
    input: 'mirror annotation set by alice',
    verdict: 'deny',
    why: 'anyone may write it',
    reviews: [
      review(
        pod(
          { nodeName: 'n1', volumes: [offending] },
          { annotations: { 'kubernetes.io/config.mirror': 'x' } }
        )
      )
    ]
  },
  podRow('debug-node', 'kubectl debug node/… pod', 'deny', 'hostPath /', {
    hostPID: true,
    hostNetwork: true,
    volumes: [{ ...volume('/'), name: 'host-root' }]
  })
]

const container = (extra: Readonly<Record<string, unknown>>): Parameters<typeof pod>[0] => ({
  containers: [{ name: 'app', image: 'app:1', ...extra }]
})

const unconfined: readonly Parameters<typeof pod>[0][] = [
  { securityContext: { seccompProfile: { type: 'Unconfined' } } },
  { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
  { securityContext: { seLinuxOptions: { type: 'spc_t' } } },
  { securityContext: { seLinuxOptions: { user: 'u' } } },
  container({ securityContext: { seLinuxOptions: { role: 'r' } } }),
  container({ livenessProbe: { httpGet: { port: 80, host: 'metadata.test' } } }),
  container({ lifecycle: { preStop: { httpGet: { port: 80, host: 'metadata.test' } } } })
]
const ofApp = { namespace: 'app', serviceAccount: 'default', paths: ['/run/spire'] }
const addingNet = { securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } } }
const privileged = { securityContext: { privileged: true } }
const adding = (...add: readonly string[]): Parameters<typeof pod>[0] =>
  container({ securityContext: { capabilities: { add } } })
const deny = { guard: { nodePrivileges: 'deny' } } as const

const deniedPrivilegeRows: readonly Row[] = [
  {
    ...deny,
    id: 'host-deny-update',
    input: 'Deployment UPDATE that adds a privilege beside an old one',
    verdict: 'deny',
    reason: 'NodePrivilege',
    why: 'new',
    reviews: [
      [adding('BPF', 'SYS_ADMIN'), adding('BPF')],
      [{ ...adding('BPF'), hostIPC: true }, adding('BPF')]
    ].map(([now, old]) => review(deployment(pod(now)), { oldObject: deployment(pod(old)) }))
  },
  {
    ...deny,
    id: 'host-deny-less',
    input: 'Deployment UPDATE that leaves one of two privileges',
    verdict: 'warn',
    why: 'nothing new',
    reviews: [
      review(deployment(pod(adding('BPF'))), {
        oldObject: deployment(pod(adding('SYS_ADMIN', 'BPF')))
      })
    ]
  },
  {
    ...deny,
    id: 'host-deny-ephemeral',
    input: 'ephemeral container that is privileged',
    verdict: 'deny',
    reason: 'NodePrivilege',
    why: 'the new container asks for it',
    reviews: [ephemeral(pod({}), { ...debug, ...privileged })]
  },
  {
    ...deny,
    id: 'host-deny-beside',
    input: 'ephemeral container in an old pod with hostPID and a privileged container',
    verdict: 'warn',
    why: 'it asks for nothing itself',
    reviews: [ephemeral(pod({ hostPID: true, ...container(privileged) }), debug)]
  },
  {
    id: 'host-deny-exempt',
    input: 'hostPID and a privileged container in a workload whose exemption says hostPID',
    verdict: 'allow',
    why: 'a listed workload',
    guard: { nodePrivileges: 'deny', exemptions: [{ ...ofApp, hostPID: true }] },
    reviews: [review(pod({ hostPID: true, volumes: [offending], ...container(privileged) }))]
  },
  {
    id: 'host-deny-exempt-less',
    input: 'the same with an exemption that does not say hostPID',
    verdict: 'deny',
    why: 'hostPID is listed',
    guard: { nodePrivileges: 'deny', exemptions: [ofApp] },
    reviews: [review(pod({ hostPID: true, volumes: [offending] }))]
  },
  {
    id: 'host-deny-exempt-privileged',
    input: 'a privileged container in a workload that is listed',
    verdict: 'allow',
    why: 'its own affair',
    guard: { nodePrivileges: 'deny', exemptions: [ofApp] },
    reviews: [review(pod(container(privileged)))]
  },
  {
    ...deny,
    id: 'host-deny-istio-init',
    input: 'a container istio-init with NET_ADMIN that is no init container',
    verdict: 'deny',
    reason: 'NodePrivilege',
    why: 'only the init container of a mesh',
    reviews: [
      review(pod({ containers: [{ name: 'istio-init', image: 'a', ...addingNet }] })),
      review(pod({ initContainers: [{ name: 'init', image: 'a', ...addingNet }] }))
    ]
  },
  {
    ...deny,
    id: 'host-deny-ok',
    input: 'what baseline allows, and istio-init',
    verdict: 'allow',
    why: 'baseline',
    reviews: [
      { initContainers: [{ name: 'istio-init', image: 'a', ...addingNet }] },
      { securityContext: { seLinuxOptions: { type: 'container_t', level: 's0' } } },
      { hostUsers: false, ...container({ securityContext: { procMount: 'Unmasked' } }) },
      container({ livenessProbe: { httpGet: { port: 80, host: '' } }, workingDir: '/data/fd/1' }),
      container({ securityContext: { capabilities: { add: ['CHOWN'], drop: ['ALL'] } } })
    ].map((spec) => review(pod(spec)))
  },
  {
    ...deny,
    id: 'host-deny-crowd',
    input: '80 hardened containers with probes, 200 harmless host paths',
    verdict: 'allow',
    why: "within the API server's budget for CEL",
    reviews: [
      review(
        pod({
          securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
          volumes: Array.from({ length: 200 }, (_, i) => ({
            ...volume(`/data/${i}`),
            name: `v${i}`
          })),
          containers: Array.from({ length: 80 }, (_, i) => ({
            name: `c${i}`,
            image: 'app:1',
            workingDir: '/data',
            livenessProbe: { httpGet: { port: 80 } },
            readinessProbe: { tcpSocket: { port: 80 } },
            securityContext: {
              privileged: false,
              capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
              appArmorProfile: { type: 'RuntimeDefault' },
              seLinuxOptions: { type: 'container_t' }
            }
          }))
        })
      )
    ]
  },
  {
    ...deny,
    id: 'host-deny-app-armor',
    input: 'AppArmor annotation unconfined',
    verdict: 'deny',
    reason: 'NodePrivilege',
    why: 'the older way to write it',
    reviews: [
      review(
        deployment(
          pod(
            {},
            annotations({ 'container.apparmor.security.beta.kubernetes.io/app': 'unconfined' })
          )
        )
      )
    ]
  }
]

const privilegeRows: readonly Row[] = [
  {
    ...podRow('host-pid', 'hostPID in app', 'warn', 'baseline', { hostPID: true }),
    notInCel: warnOnly
  },
  {
    id: 'host-pid-ex',
    input: 'hostPID of tbot',
    verdict: 'allow',
    why: 'part of the entry',
    reviews: [review(tbotPod, byController)]
  },
  {
    id: 'host-priv',
    input: 'privileged, SYS_ADMIN, procMount Unmasked, hostProcess',
    verdict: 'warn',
    why: 'baseline',
    reviews: [
      container({ securityContext: { privileged: true } }),
      container({ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }),
      container({ securityContext: { procMount: 'Unmasked' } }),
      container({ securityContext: { windowsOptions: { hostProcess: true } } }),
      { securityContext: { windowsOptions: { hostProcess: true } } }
    ].map((spec) => review(pod(spec))),
    notInCel: warnOnly
  },
  {
    id: 'host-net',
    input: 'hostNetwork, hostIPC',
    verdict: 'warn',
    why: 'baseline',
    reviews: [{ hostNetwork: true }, { hostIPC: true }].map((spec) => review(pod(spec))),
    notInCel: warnOnly
  },
  {
    id: 'host-capabilities',
    input: 'every capability that baseline forbids',
    verdict: 'warn',
    reason: 'NodePrivilege',
    why: 'baseline',
    reviews: ['SYS_MODULE', 'SYS_RAWIO', 'SYS_BOOT', 'BPF', 'NET_ADMIN', 'CAP_CHOWN', 'X'].map(
      (name) => review(pod(container({ securityContext: { capabilities: { add: [name] } } })))
    ),
    notInCel: warnOnly
  },
  {
    id: 'host-capabilities-ok',
    input: 'every capability that baseline allows',
    verdict: 'allow',
    why: 'baseline',
    reviews: [
      review(
        pod(
          container({
            securityContext: {
              capabilities: {
                add: [
                  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD'],
                  ...['NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT']
                ]
              }
            }
          })
        )
      )
    ]
  },
  podRow('host-proc-user', 'procMount Unmasked in a user namespace', 'allow', 'baseline of 1.35', {
    hostUsers: false,
    ...container({ securityContext: { procMount: 'Unmasked' } })
  }),
  {
    id: 'host-unconfined',
    input: 'seccomp and AppArmor Unconfined, SELinux types, users and roles, probes of other hosts',
    verdict: 'warn',
    reason: 'NodePrivilege',
    why: 'baseline',
    reviews: unconfined.map((spec) => review(pod(spec))),
    notInCel: warnOnly
  },
  {
    ...podRow('host-istio-init', 'istio-init with NET_ADMIN and NET_RAW', 'allow', 'of a mesh', {
      initContainers: [
        {
          name: 'istio-init',
          image: 'proxyv2:1',
          securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } }
        }
      ]
    })
  },
  {
    id: 'host-deny',
    input: 'the same with guard.nodePrivileges deny',
    verdict: 'deny',
    reason: 'NodePrivilege',
    why: 'the option',
    guard: { nodePrivileges: 'deny' },
    reviews: [
      ...[{ hostPID: true }, { hostNetwork: true }, { hostIPC: true }, ...unconfined],
      container(privileged),
      ...['SYS_MODULE', 'sys_admin', 'NET_RAW', 'CAP_CHOWN'].map((name) =>
        container({ securityContext: { capabilities: { add: ['CHOWN', name] } } })
      ),
      ...['/proc/self/fd/8', '//proc/./7//fd', '/dev/fd', `/${'a'.repeat(500_000)}`].map(
        (workingDir) => container({ workingDir })
      )
    ].map((spec) => review(pod(spec)))
  },
  podRow('share-pid', 'shareProcessNamespace', 'allow', 'no route to the socket', {
    shareProcessNamespace: true
  }),
  {
    ...podRow(
      'wd-fd',
      'workingDir /proc/self/fd/8',
      'warn',
      'CVE-2024-21626',
      container({ workingDir: '/proc/self/fd/8' })
    ),
    notInCel: warnOnly
  }
]

const protoVolume: unknown = JSON.parse(
  '{"name":"v","csi":{"driver":"other.example.com","volumeAttributes":{"__proto__":"x"}}}'
)

const reviewRows: readonly Row[] = [
  podRow(
    'rev-dryrun',
    'dryRun true',
    'deny',
    'same verdict',
    { volumes: [offending] },
    {
      dryRun: true
    }
  ),
  {
    id: 'rev-delete',
    notInCel: notAsked,
    input: 'DELETE',
    verdict: 'allow',
    why: 'brings nothing',
    reviews: [
      review(null, { operation: 'DELETE', oldObject: pod({ volumes: [offending] }), kind: 'Pod' })
    ]
  },
  {
    id: 'rev-unknown',
    input: 'kind outside the rules; object null on CREATE',
    verdict: 'deny',
    why: 'closed',
    reviews: [
      review({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } }),
      review(null, { kind: 'Pod' })
    ],
    notInCel: 'the policy is asked for nothing but its own rules'
  },
  {
    ...podRow(
      'rev-proto',
      'csi.volumeAttributes key __proto__',
      'deny',
      'clear message, no crash',
      {
        volumes: [protoVolume]
      }
    ),
    notInCel: 'a key like any other in CEL; no JavaScript program reads it there'
  },
  podRow('rev-large', '2.9 MiB pod', 'deny', 'judged', {
    volumes: [offending],
    containers: [{ name: 'app', image: 'app:1', args: ['x'.repeat(2_900_000)] }]
  }),
  podRow('rev-many', '500 offending volumes', 'deny', 'bounded time and message', {
    volumes: Array.from({ length: 500 }, (_, i) => ({ ...offending, name: `v${i}` }))
  })
]

/** Every row, in the order of the specification. The body limit (rev-over) is the server's, and tested there. */
export const decisionTable: readonly Row[] = [
  ...pathRows,
  ...nodeRows,
  ...strictRows,
  ...volumeRows,
  ...annotationRows,
  ...storageRows,
  ...templateRows,
  ...ephemeralRows,
  ...exemptionRows,
  ...privilegeRows,
  ...deniedPrivilegeRows,
  ...reviewRows
]
