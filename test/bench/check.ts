import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'

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

interface Measured {
  readonly cpuSeconds: number
  readonly peakMiB: number
  readonly output: string
}

const userHertz = 100

/** MiB of V8's old space that `check` gets: less than the text of the larger inputs, let alone their values. */
const heap = 64

/** Runs `check` on so many objects from standard input, and reads its CPU time and its peak memory from /proc. */
async function run(count: number, write: (index: number) => string): Promise<Measured> {
  const bundle = join(root, 'dist/spiffe-webhook.mjs')
  const args = [`--max-old-space-size=${heap}`, bundle, 'check', '-']
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  let cpuSeconds = 0
  let peakMiB = 0
  const watch = setInterval(() => {
    try {
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      cpuSeconds = (Number(stat[11]) + Number(stat[12])) / userHertz
      const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
      if (peak !== undefined) peakMiB = Number(peak) / 1024
    } catch {
      // It has ended.
    }
  }, 20)
  const output: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text))
  for (let index = 0; index < count; index++) {
    if (!child.stdin.write(write(index))) await once(child.stdin, 'drain')
  }
  child.stdin.end()
  await once(child, 'close')
  clearInterval(watch)
  return { cpuSeconds, peakMiB, output: output.join('') }
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
