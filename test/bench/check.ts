import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { measure } from './measured-process.ts'

/*
 * `npm run bench:check`: what `check` costs for each object, in CPU time and memory, from 1,000 objects to 100,000.
 * V8's heap is held to 64 MiB, so a run that kept objects would end in a fault. With KYVERNO, the path of kyverno's command
 * line (`go build ./cmd/cli/kubectl-kyverno` in its module), the same objects are judged by it, too.
 * The objects are Deployments of an ordinary kind, one in a hundred of them with a host path to the socket.
 */

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'bench-check-'))

/** A Deployment with two containers, as Helm writes one. */
function deployment(index: number): object {
  const container = (name: string): object => ({
    name,
    image: `registry.test/${name}:1.${index}`,
    args: ['--listen', ':8080'],
    env: Array.from({ length: 6 }, (_, i) => ({ name: `SETTING_${i}`, value: `value ${index}` })),
    ports: [{ name: 'http', containerPort: 8080 }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    volumeMounts: [{ name: 'data', mountPath: '/data' }]
  })
  const labels = { 'app.kubernetes.io/name': `app-${index}`, 'app.kubernetes.io/part-of': 'bench' }
  const path = index % 100 === 0 ? '/run/spire' : '/srv/data'
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `app-${index}`, namespace: `ns-${index % 50}`, labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [container('app'), container('sidecar')],
          volumes: [{ name: 'data', hostPath: { path } }]
        }
      }
    }
  }
}

/** MiB of V8's old space that `check` gets: less than the text of the larger inputs, let alone their values. */
const heap = 64

function* texts(count: number, write: Write): Generator<string> {
  for (let index = 0; index < count; index++) yield write(index)
}

type Write = (index: number) => string

const yaml: Write = (index) =>
  `---\n${stringify(deployment(index), { aliasDuplicateObjects: false })}`
const json: Write = (index) => `${JSON.stringify(deployment(index), null, 2)}\n`

/** A program that reads objects from standard input or from a file, and what it says when it has found the refused ones. */
interface Judge {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  readonly write: Write
  /** Where it reads them; standard input where absent. */
  readonly file?: string
  readonly counts: readonly number[]
  readonly found: (count: number) => RegExp
}

const check = (format: string, write: Write): Judge => ({
  name: `check, ${format}`,
  program: process.execPath,
  args: [`--max-old-space-size=${heap}`, join(root, 'dist/spiffe-webhook.mjs'), 'check', '-'],
  write,
  counts: [1_000, 10_000, 100_000],
  found: (count) =>
    new RegExp(`^${count} objects read, ${count} judged: ${count / 100} refusals`, 'm')
})

/** One rule about the same paths, by kyverno's command line: what another tool takes for the same files. */
function kyverno(program: string): Judge {
  const [policy, file] = [join(folder, 'policy.yaml'), join(folder, 'objects.yaml')]
  const spec = { '=(volumes)': [{ '=(hostPath)': { path: '!/run/spire*' } }] }
  const rule = {
    name: 'host-path',
    match: { any: [{ resources: { kinds: ['Pod'] } }] },
    validate: { message: 'a host path to the socket', pattern: { spec } }
  }
  const metadata = { name: 'host-path' }
  const kind = { apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy' }
  const all = { ...kind, metadata, spec: { validationFailureAction: 'Enforce', rules: [rule] } }
  writeFileSync(policy, JSON.stringify(all))
  return {
    name: 'kyverno apply, YAML',
    program,
    args: ['apply', policy, '--resource', file, '--remove-color'],
    write: yaml,
    // From standard input 1,000 objects take it 35 s, from a file two.
    file,
    counts: [1_000, 10_000],
    found: (count) => new RegExp(`pass: ${count * 0.99}, fail: ${count / 100},`)
  }
}

/** What one judge takes for so many objects, as a row of the table. */
async function row(
  { name, program, args, write, file, found }: Judge,
  count: number
): Promise<string> {
  const input = texts(count, write)
  if (file !== undefined) writeFileSync(file, [...input].join(''))
  const given = file === undefined ? { input } : {}
  const { cpuSeconds, peakMiB, output } = await measure(program, args, given)
  if (!found(count).test(output)) {
    throw new Error(`${name} found something else: ${output.slice(-200)}`)
  }
  const size = (write(1).length * count) / 1024 / 1024
  const each = (cpuSeconds * 1e6) / count
  const cells = [size.toFixed(0), cpuSeconds.toFixed(1), each.toFixed(0), peakMiB.toFixed(0)]
  return `| ${name} | ${count} | ${cells.join(' | ')} |`
}

console.log('| program | objects | MiB of text | CPU s | µs for each object | peak MiB |')
console.log('| --- | --- | --- | --- | --- | --- |')
const { KYVERNO = '' } = process.env
const others = KYVERNO === '' ? [] : [kyverno(KYVERNO)]
try {
  for (const judge of [check('YAML', yaml), check('JSON', json), ...others]) {
    for (const count of judge.counts) console.log(await row(judge, count))
  }
} finally {
  rmSync(folder, { recursive: true })
}
