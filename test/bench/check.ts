import { join } from 'node:path'
import { stringify } from 'yaml'
import { type MeasuredProcess, measure } from './measured-process.ts'

/*
 * `npm run bench:check`: what `check` costs for each object, in CPU time and memory, from 1,000 objects to 100,000.
 * V8's heap is held to 64 MiB, so a run that kept objects would end in a fault.
 * The objects are Deployments of an ordinary kind, one in a hundred of them with a host path to the socket.
 */

const root = join(import.meta.dirname, '../..')

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

function* texts(count: number, write: (index: number) => string): Generator<string> {
  for (let index = 0; index < count; index++) yield write(index)
}

/** Runs `check` on so many objects from standard input. */
function run(count: number, write: (index: number) => string): Promise<MeasuredProcess> {
  const bundle = join(root, 'dist/spiffe-webhook.mjs')
  const args = [`--max-old-space-size=${heap}`, bundle, 'check', '-']
  return measure(process.execPath, args, { input: texts(count, write) })
}

const formats: readonly (readonly [name: string, write: (index: number) => string])[] = [
  ['YAML', (index) => `---\n${stringify(deployment(index), { aliasDuplicateObjects: false })}`],
  ['JSON', (index) => `${JSON.stringify(deployment(index), null, 2)}\n`]
]

console.log('| format | objects | MiB of text | CPU s | µs for each object | peak MiB |')
console.log('| --- | --- | --- | --- | --- | --- |')
for (const [name, write] of formats) {
  for (const count of [1_000, 10_000, 100_000]) {
    const { cpuSeconds, peakMiB, output } = await run(count, write)
    const found = new RegExp(
      `^${count} objects read, ${count} judged: ${count / 100} refusals`,
      'm'
    )
    if (!found.test(output)) throw new Error(`check found something else: ${output.slice(-200)}`)
    const size = (write(1).length * count) / 1024 / 1024
    const each = (cpuSeconds * 1e6) / count
    console.log(
      `| ${name} | ${count} | ${size.toFixed(0)} | ${cpuSeconds.toFixed(1)} | ${each.toFixed(0)} | ${peakMiB.toFixed(0)} |`
    )
  }
}
