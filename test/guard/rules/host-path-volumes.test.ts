import t from 'tap'
import { hostPathVolumes } from '../../../src/guard/rules/host-path-volumes.ts'
import { modelOf } from '../models.ts'
import { found } from './found.ts'

const pod = (path: unknown, mounts: readonly unknown[] = [], list = 'containers'): unknown => ({
  spec: {
    volumes: [
      { name: 'fine', emptyDir: {} },
      { name: 'sock', hostPath: { path } }
    ],
    [list]: [{ name: 'app', volumeMounts: mounts }]
  }
})

const csi = 'use a csi.spiffe.io volume'
const plain = 'write one plain absolute path'

/** Each route and each fault, as it is told. */
const sentences: readonly (readonly [path: unknown, line: string])[] = [
  [
    '/run/spire',
    `HostPathReachesSocket spec.volumes[1].hostPath.path: hostPath volume "sock" (/run/spire) reaches the Workload API socket (/run/spire/agent-sockets): ${csi}`
  ],
  [
    '\\\\.\\pipe\\spire-agent\\public\\api',
    `HostPathReachesSocket spec.volumes[1].hostPath.path: hostPath volume "sock" (\\\\.\\pipe\\spire-agent\\public\\api) reaches the Workload API pipe (\\\\.\\pipe\\spire-agent\\public\\api): ${csi}`
  ],
  [
    '/var/lib/kubelet/pods/x y',
    `HostPathReachesKubelet spec.volumes[1].hostPath.path: hostPath volume "sock" ("/var/lib/kubelet/pods/x y") reaches other pods' mounts of the Workload API socket (/var/lib/kubelet/pods): ${csi}`
  ],
  [
    '/var/lib/kubelet/plugins_registry',
    `HostPathReachesCsiDriver spec.volumes[1].hostPath.path: hostPath volume "sock" (/var/lib/kubelet/plugins_registry) reaches the CSI driver's own socket (/var/lib/kubelet/plugins_registry): ${csi}`
  ],
  [
    '/proc/1/root',
    `HostPathReachesProc spec.volumes[1].hostPath.path: hostPath volume "sock" (/proc/1/root) reaches every process's file system (/proc): mount a path below /proc/sys, or ask for an exemption`
  ],
  [
    '/dev/fd/3',
    `HostPathReachesProc spec.volumes[1].hostPath.path: hostPath volume "sock" (/dev/fd/3) reaches the container runtime's open files (/dev/fd): mount a device by its own name`
  ],
  [
    undefined,
    `HostPathUnusable spec.volumes[1].hostPath.path: hostPath volume "sock" (no path) has no path: ${plain}`
  ],
  [
    '/a\n',
    `HostPathUnusable spec.volumes[1].hostPath.path: hostPath volume "sock" ("/a\\n") holds a control character: ${plain}`
  ],
  [
    'run',
    `HostPathUnusable spec.volumes[1].hostPath.path: hostPath volume "sock" (run) is not absolute, so the container runtime decides where it leads: ${plain}`
  ],
  [
    '/a/../run',
    `HostPathUnusable spec.volumes[1].hostPath.path: hostPath volume "sock" (/a/../run) holds ..: ${plain}`
  ]
]

t.test('each route and each fault is told by field, path and remedy', async (t) => {
  for (const [path, line] of sentences) t.same(found(hostPathVolumes, pod(path)), [`deny ${line}`])
})

t.test('a container runtime socket only warns', async (t) => {
  t.same(found(hostPathVolumes, pod('/var/run/docker.sock')), [
    'warn ContainerRuntimeSocket spec.volumes[1].hostPath.path: hostPath volume "sock" (/var/run/docker.sock) reaches a container runtime socket (/run/docker.sock), which is root on the node: remove the mount, or label the namespace pod-security.kubernetes.io/enforce: baseline'
  ])
})

t.test(
  'every volume is read, mounted or not, and one without a host path says nothing',
  async (t) => {
    const volumes = ['/run', '/data', '/proc'].map((path, i) => ({
      name: `v${i}`,
      hostPath: { path }
    }))
    const lines = found(hostPathVolumes, { spec: { volumes } })
    t.match(lines, [/volumes\[0\]/, /volumes\[2\]/])
    t.equal(lines.length, 2)
    for (const value of [
      {},
      { spec: null },
      { spec: { volumes: [{ name: 'v', hostPath: null }] } }
    ]) {
      t.same(found(hostPathVolumes, value), [])
    }
    t.match(found(hostPathVolumes, { spec: { volumes: [{ name: 'v', hostPath: 'x' }] } }), [
      /^deny HostPathUnusable/
    ])
  }
)

const strict = modelOf({
  allowedHostPaths: [
    { pathPrefix: '/var/run/data/', readOnly: true },
    { pathPrefix: '/scratch', readOnly: false },
    { pathPrefix: '/run', readOnly: false }
  ]
})
const writable = { name: 'sock', mountPath: '/x' }
const readOnly = { ...writable, readOnly: true }
const notAllowed =
  'use another kind of volume, or have the path added to guard.allowedHostPaths (mounted readOnly where it says so)'

/** Strict mode: path, mounts, list of containers, whether it is allowed. */
const strictCases: readonly (readonly [string, readonly unknown[], string, boolean])[] = [
  ['/data', [], 'containers', false],
  ['/run/data', [], 'containers', true],
  ['/run/data/x', [readOnly], 'containers', true],
  ['/run/database', [readOnly], 'containers', true],
  ['/scratch', [writable], 'containers', true],
  ['/scratchy', [], 'containers', false],
  ['/', [], 'containers', false],
  ['C:\\data', [], 'containers', false]
]

t.test('strict mode allows what lies below a listed prefix, by whole segments', async (t) => {
  for (const [path, mounts, list, allowed] of strictCases) {
    const lines = found(hostPathVolumes, pod(path, mounts, list), { model: strict })
    t.equal(lines.length === 0, allowed, path)
  }
  t.same(found(hostPathVolumes, pod('/data'), { model: strict }), [
    `deny HostPathNotAllowed spec.volumes[1].hostPath.path: hostPath volume "sock" (/data) is not an allowed host path: ${notAllowed}`
  ])
})

t.test('a readOnly prefix wants readOnly mounts in every container of every list', async (t) => {
  const model = modelOf({ allowedHostPaths: [{ pathPrefix: '/data', readOnly: true }] })
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    const cases = [
      [[readOnly], 0],
      [[readOnly, writable], 1],
      [[{ ...writable, readOnly: 'true' }], 1],
      [[{ ...writable, name: 'other' }], 0]
    ] as const
    for (const [mounts, count] of cases) {
      t.equal(found(hostPathVolumes, pod('/data', mounts, list), { model }).length, count, list)
    }
  }
})

t.test('strict mode allows no route to the socket, and still warns of a runtime', async (t) => {
  t.match(found(hostPathVolumes, pod('/run/spire'), { model: strict }), [/^deny HostPathReachesS/])
  t.match(found(hostPathVolumes, pod('/run/docker.sock'), { model: strict }), [
    /^warn ContainerRuntimeSocket/
  ])
  const other = modelOf({ allowedHostPaths: [] })
  t.match(found(hostPathVolumes, pod('/run/docker.sock'), { model: other }), [
    /^deny HostPathNotAllowed/
  ])
})
