import t from 'tap'
import { nriAnnotations } from '../../../src/guard/checks/nri-annotations.ts'
import { decodePod } from '../../../src/kubernetes/pod.ts'
import { modelOf } from '../models.ts'
import { found } from './found.ts'

const pod = (key: string, text: string): unknown => ({ metadata: { annotations: { [key]: text } } })
const nri = 'mounts.nri.io/container.app'
const limit = 16 * 1024

const field = `metadata.annotations["${nri}"]`
const reaches = `deny NriMountReachesSocket ${field}: NRI mount of annotation "${nri}" (/run/spire) reaches the Workload API socket (/run/spire/agent-sockets): use a csi.spiffe.io volume`
const unread = `warn NriAnnotationUnreadable ${field}: annotation "${nri}" cannot be read as a list of mounts: write a list of mounts with source and destination`
const cases: readonly (readonly [rule: string, text: string, ...lines: readonly string[]])[] = [
  ['an ordinary source', '- {source: /data, destination: /x}'],
  ['a file system without a source on the node', '- {source: tmpfs, destination: /x, type: tmpfs}'],
  [
    'a source that reaches the socket',
    '- {source: /run, destination: /x, type: ""}',
    `deny NriMountReachesSocket ${field}: NRI mount of annotation "${nri}" (/run) reaches the Workload API socket (/run/spire/agent-sockets): use a csi.spiffe.io volume`
  ],
  [
    'a runtime socket keeps its own reason',
    '[{"source":"/run/docker.sock","type":null}]',
    `warn ContainerRuntimeSocket ${field}: NRI mount of annotation "${nri}" (/run/docker.sock) reaches a container runtime socket (/run/docker.sock), which is root on the node: let the workload do without it`
  ],
  [
    'an option that binds whatever the type says',
    '- {source: /proc, type: none, options: [ro, rbind]}\n- {source: run, type: x, options: [bind]}',
    `deny NriMountReachesSocket ${field}: NRI mount of annotation "${nri}" (/proc) reaches every process's file system (/proc): mount a path below /proc/sys, or ask for an exemption`,
    `deny NriMountReachesSocket ${field}: NRI mount of annotation "${nri}" (run) is not absolute, so the container runtime decides where it leads: write one plain absolute path`
  ],
  ['a mount that binds nothing', '- {source: /run, type: none, options: [ro]}'],
  [
    'a key written twice counts as Go reads it, the last one',
    '- source: /data\n  source: /run/spire',
    `deny NriMountReachesSocket ${field}: NRI mount of annotation "${nri}" (/run/spire) reaches the Workload API socket (/run/spire/agent-sockets): use a csi.spiffe.io volume`
  ],
  [
    'only the first document is read',
    '- {source: /run/spire}\n---\n- {source: /data}',
    `deny NriMountReachesSocket ${field}: NRI mount of annotation "${nri}" (/run/spire) reaches the Workload API socket (/run/spire/agent-sockets): use a csi.spiffe.io volume`
  ],
  ...['Source', 'SOURCE', '\u017fource'].map(
    (key) =>
      [
        `a field is known in any case, as Go knows it: ${key}`,
        `- {source: /data, ${key}: /run/spire}`,
        reaches
      ] as const
  ),
  ...[
    '- {source: /run/spire, type: tmpfs, Type: bind}',
    '- &m {source: /run/spire, type: tmpfs}\n- {<<: *m, type: bind}',
    '- {<<: {source: /run/spire}, destination: /x}',
    '- {destination: &s /run/spire, source: /data}\n- {source: *s}',
    '- {source: /data, options: &o [bind]}\n- {source: /run/spire, type: x, options: *o}'
  ].map((text) => [`no spelling hides a source: ${text}`, text, reaches] as const),
  ['what cannot be read hides nothing', '- {source: /run/spire}\n- 7', reaches, unread]
]

t.test('an annotation that mounts is judged like a volume', async (t) => {
  for (const [rule, text, ...lines] of cases) {
    t.same(found(nriAnnotations, pod(nri, text)), lines, rule)
  }
})

const unreadable = [
  '',
  'text',
  '{source: /run}',
  '- 7',
  '- {destination: /x}',
  '- {source: 7}',
  '- *x',
  `${'['.repeat(10_000)}`
]

t.test('an annotation that nobody can read is a warning', async (t) => {
  for (const text of unreadable) {
    t.same(found(nriAnnotations, pod(nri, text)), [unread], text.slice(0, 20))
  }
})

t.test('no annotation takes long, however it is nested', async (t) => {
  for (const unit of ['? ', '[{', '[? ', '{a: ', '- ? ', '- &a {? *a : ']) {
    const began = performance.now()
    found(nriAnnotations, pod(nri, unit.repeat(Math.floor(limit / unit.length))))
    t.ok(performance.now() - began < 5000, unit)
  }
})

t.test('what is too long to be read is refused, alone or together with others', async (t) => {
  const tooLong = (key: string): string =>
    `deny NriAnnotationUnreadable metadata.annotations["${key}"]: annotation "${key}" is longer than the guard reads: let all mounts of a pod take 16384 characters at most`
  const long = `- {source: /data, x: ${'x'.repeat(limit)}}`
  t.same(found(nriAnnotations, pod(nri, long)), [tooLong(nri)])
  const half = `- {source: /data, x: ${'x'.repeat(limit / 2)}}`
  const two = { 'mounts.nri.io/container.a': half, 'mounts.nri.io/container.b': half }
  t.same(found(nriAnnotations, { metadata: { annotations: two } }), [
    tooLong('mounts.nri.io/container.b')
  ])
})

t.test('a finding keeps no long key', async (t) => {
  const decoded = decodePod(pod(`mounts.nri.io/${'k'.repeat(1e6)}`, '- {source: /run}\n- 7'))
  if (decoded.kind === 'malformed') throw new Error(decoded.fault)
  const violations = [...nriAnnotations({ pod: decoded.value, base: '' }, modelOf())]
  t.equal(violations.length, 2)
  for (const { subject } of violations) t.ok(subject.length < 300)
})

const keys: readonly (readonly [key: string, read: boolean])[] = [
  ['mounts.nri.io', true],
  ['mounts.nri.io/pod', true],
  ['mounts.noderesource.dev', true],
  ['mounts.noderesource.dev/container.x', true],
  ['mounts.nri.io.example.com', false],
  ['x.mounts.nri.io', false],
  ['devices.nri.io', false],
  ['mountsxnri.io', false]
]

t.test('the keys are those of the device-injector, old and new', async (t) => {
  for (const [key, read] of keys) {
    t.equal(found(nriAnnotations, pod(key, '- {source: /run}')).length > 0, read, key)
  }
  t.same(found(nriAnnotations, {}), [])
})
