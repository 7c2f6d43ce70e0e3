import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { ask } from '../api-server/ask.ts'
import { installWebhook } from '../api-server/webhook.ts'
import type { Cluster } from '../lab/cluster.ts'
import { daemon } from '../lab/daemon.ts'
import { execute, withParent } from '../lab/execute.ts'
import { makeNetwork } from '../lab/network.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { until } from '../lab/until.ts'

/** As many connections as shut out every new caller once: more than server.maxConnections. */
const count = 1030

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'load-' },
  spec: { containers: [{ name: 'istio-proxy', image: 'registry.test/proxyv2:1', args: ['proxy'] }] }
}

/** A network namespace of strangers with twenty addresses, which reach this machine over a cable. */
interface Outside {
  readonly pid: number
  readonly addresses: readonly string[]
}

async function makeOutside(t: Test, cluster: Cluster): Promise<Outside> {
  const network = await makeNetwork()
  t.teardown(() => network.remove())
  const { folder, logs } = cluster
  const holder = daemon({
    name: 'strangers',
    binary: 'unshare',
    args: ['--net', '--', 'sleep', 'infinity'],
    folder,
    logs,
    ports: [],
    ready: async () => {
      await sleep(500)
      return true
    }
  })
  await cluster.add(holder)
  const pid = holder.pid() ?? 0
  await network.plugInto(pid)
  const range = network.podRange.replace(/0\/24$/, '')
  const addresses = Array.from({ length: 20 }, (_, i) => `${range}${i + 1}`)
  for (const address of addresses) {
    const add = ['ip', 'address', 'add', `${address}/32`, 'dev', 'lo']
    await execute('nsenter', ['--target', String(pid), '--net', '--', ...add])
  }
  return { pid, addresses }
}

interface Flood {
  readonly kind: 'silent' | 'half'
  readonly from: readonly string[]
}

/** Floods the port until the work is done; answers what the flood says of itself at its end. */
async function during(
  { pid, place }: { readonly pid: number; readonly place: readonly string[] },
  { kind, from }: Flood,
  work: () => Promise<void>
): Promise<string> {
  const [wrapper, ...rest] = withParent
  const script = join(import.meta.dirname, 'flood-from.ts')
  const inside = ['nsenter', '--target', String(pid), '--net', '--', process.execPath]
  const args = [...rest, ...inside, script, ...place, String(count), kind, ...from]
  const child = spawn(wrapper, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString()
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  await until('every stranger', async () => said.includes('all have been there'), {
    seconds: 120
  })
  await work()
  child.kill('SIGTERM')
  await ended
  return said.trim().split('\n').at(-1) ?? ''
}

const skip = process.getuid?.() === 0 ? false : 'namespaces of the network need root'

await t.test('a flood of strangers while the API server creates pods', { skip }, async (t) => {
  const cluster = await startCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  const webhook = await installWebhook(cluster)
  await cluster.namespace('load', { 'spiffe-webhook/injection': 'enabled' })
  const config = cluster.kubeConfig()
  const path = '/api/v1/namespaces/load/pods'
  const create = (): ReturnType<typeof ask> => ask(config, { method: 'POST', path, body: pod })
  await until('the webhook is asked', async () => (await create()).code === 201)
  const { pid, addresses } = await makeOutside(t, cluster)
  const place = [cluster.address, String(webhook.replicas[0]?.port)]
  const one = addresses.slice(0, 1)
  const floods: readonly (readonly [string, Flood])[] = [
    ['silent connections of one address', { kind: 'silent', from: one }],
    ['silent connections of twenty addresses', { kind: 'silent', from: addresses }],
    ['half requests of one address', { kind: 'half', from: one }],
    ['half requests of twenty addresses', { kind: 'half', from: addresses }]
  ]
  for (const [what, flood] of floods) {
    await t.test(`200 pods during ${count} ${what}`, async (t) => {
      const failed: string[] = []
      let slowest = 0
      const said = await during({ pid, place }, flood, async () => {
        let left = 200
        const worker = async (): Promise<void> => {
          while (left-- > 0) {
            const began = performance.now()
            const { code, message } = await create()
            slowest = Math.max(slowest, performance.now() - began)
            if (code !== 201) failed.push(`${code} ${message}`)
          }
        }
        await Promise.all(Array.from({ length: 8 }, worker))
      })
      t.same(failed, [])
      t.comment(`${said}, slowest pod ${slowest.toFixed(0)} ms`)
    })
  }
})
