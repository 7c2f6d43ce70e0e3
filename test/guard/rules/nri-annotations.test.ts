import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { nriAnnotations } from '../../../src/guard/rules/nri-annotations.ts'
import { decodePod } from '../../../src/kubernetes/pod.ts'
import { modelOf } from '../models.ts'
import { found } from './found.ts'

const pod = (key: string, text: string): unknown => ({ metadata: { annotations: { [key]: text } } })
const nri = 'mounts.nri.io/container.app'
const field = `metadata.annotations["${nri}"]`
const reaching = (path: string, fault: string): string =>
  `deny NriMountReachesSocket ${field}: NRI mount of annotation "${nri}" (${path}) ${fault}`
const toSocket =
  'reaches the Workload API socket (/run/spire/agent-sockets): use a csi.spiffe.io volume'
const reaches = reaching('/run/spire', toSocket)
const remedy =
  'write a list of bind mounts with source, destination, type and options in plain or quoted ASCII, without anchors, tags or escapes'
const refused = (fault: string): string =>
  `deny NriAnnotationUnreadable ${field}: annotation "${nri}" cannot be read as a list of mounts (${fault}): ${remedy}`

const cases: readonly (readonly [rule: string, text: string, ...lines: readonly string[]])[] = [
  ['an ordinary source', '- {source: /data, destination: /x}'],
  ['a file system without a source on the node', '- {source: tmpfs, destination: /x, type: tmpfs}'],
  ['no mount at all', '[]'],
  [
    'a source that reaches the socket',
    '- {source: /run, destination: /x, type: ""}',
    reaching('/run', toSocket)
  ],
  [
    'a runtime socket keeps its own reason',
    '[{"source":"/run/docker.sock"}]',
    `warn ContainerRuntimeSocket ${field}: NRI mount of annotation "${nri}" (/run/docker.sock) reaches a container runtime socket (/run/docker.sock), which is root on the node: remove the mount, or label the namespace pod-security.kubernetes.io/enforce: baseline`
  ],
  [
    'an option that binds whatever the type says',
    '- {source: /proc, type: none, options: [ro, rbind]}\n- {source: run, type: x, options: ["ro,bind"]}',
    reaching(
      '/proc',
      "reaches every process's file system (/proc): mount a path below /proc/sys, or ask for an exemption"
    ),
    reaching(
      'run',
      'is not absolute, so the container runtime decides where it leads: write one plain absolute path'
    )
  ],
  ['none without bind fails at the kernel', '- {source: /run/spire, type: none}', reaches],
  [
    'a bind mount without a source',
    '- {destination: /x}',
    reaching('no path', 'has no path: write one plain absolute path')
  ],
  ['a type that may show anything', '- {type: overlay}', refused('the type "overlay" is unknown')]
]

t.test('an annotation that mounts is judged like a volume', async (t) => {
  for (const [rule, text, ...lines] of cases) {
    t.same(found(nriAnnotations, pod(nri, text)), lines, rule)
  }
})

t.test('what is not plain is refused with its line', async (t) => {
  t.same(found(nriAnnotations, pod(nri, '# one\n- source: /data\n  Type: bind')), [
    refused('line 3 is not plain YAML, or is beyond 256 mounts')
  ])
})

t.test('more mounts than any pod has are refused, in one annotation or in several', async (t) => {
  const many = (count: number): string => '- source: /data\n'.repeat(count)
  t.same(found(nriAnnotations, pod(nri, many(256))), [])
  t.match(found(nriAnnotations, pod(nri, many(257))), [/line 257 is not plain YAML, or is beyond/])
  const two = { annotations: { [nri]: many(200), [`${nri}2`]: many(200) } }
  t.match(found(nriAnnotations, { metadata: two }), [/the pod has more than 256 mounts/])
})

/** Characters of the longest annotation that is read. */
const longest = 262_000

t.test('no annotation takes long, however it is written', async (t) => {
  const file = join(import.meta.dirname, '../../fixtures/guard/nri-slow.json')
  const slow = JSON.parse(readFileSync(file, 'utf8'))
  const [line = '', ...more] = found(nriAnnotations, slow)
  t.match(line, /NriAnnotationUnreadable.*line 1 is not plain YAML/)
  t.same(more, [])
  const units = ['? ', '[{', '[? ', '{a: ', '- ? ', '- &a {? *a : ', '\n', ' ', '#', '# \n', '-']
  const texts = [
    slow.metadata.annotations['mounts.nri.io/pod'],
    ...units.map((unit) => unit.repeat(Math.floor(longest / unit.length))),
    `- ${'source: /a\n  '.repeat(19_000)}`,
    '- source: /a\n'.repeat(20_000),
    `- options:\n${'  - a\n'.repeat(40_000)}`,
    `[{"source":"${'a'.repeat(longest)}`
  ]
  for (const text of texts) {
    const { user: before } = process.cpuUsage()
    found(nriAnnotations, pod(nri, text))
    const spent = (process.cpuUsage().user - before) / 1000
    t.ok(spent < 200, `${spent} ms for ${JSON.stringify(text.slice(0, 20))}`)
  }
})

t.test('a finding keeps no long key', async (t) => {
  const decoded = decodePod(pod(`mounts.nri.io/${'k'.repeat(200_000)}`, '- {source: /run}\n- 7'))
  if (decoded.kind === 'malformed') throw new Error(decoded.fault)
  const findings = [...nriAnnotations.find(decoded.value, modelOf())]
  t.equal(findings.length, 1)
  for (const { subject } of findings) t.ok(subject.length < 300)
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
