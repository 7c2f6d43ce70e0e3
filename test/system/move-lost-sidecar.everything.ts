/** Why the guide waits for sidecars: one that istiod does not hold goes on sending to pods that are gone. No move is needed for it. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { cutOffFromIstiod } from './move/cut-off.ts'
import { type Block, block, namedBlocks } from './move/guide.ts'
import { lossless, reportAndStop } from './move/lossless.ts'
import { namespaces, peer } from './move/peers.ts'
import { startMesh } from './move/start-mesh.ts'

t.setTimeout(900_000)
const guide = namedBlocks('move-a-live-mesh.md')
const mesh = await startMesh({ meshDomain: 'cluster.local', workloadDomain: 'spire.test' })
const { cluster, node, traffic, follow } = mesh
reportAndStop(t, mesh)

const restart = async (...among: readonly string[]): Promise<void> => {
  const rollout = (namespace: string, ...args: string[]): Promise<unknown> =>
    cluster.kubectl(['-n', namespace, 'rollout', ...args])
  await Promise.all(among.map((namespace) => rollout(namespace, 'restart', 'deployment')))
  await Promise.all(
    among.map((namespace) => rollout(namespace, 'status', 'deployment', '--timeout=300s'))
  )
}

const wait: Block = {
  name: 'wait for sidecars',
  language: 'sh',
  text: 'timeout 60 bash wait-for-sidecars.sh'
}

await lossless(t, mesh, 'everything restarted at once, without a move', () =>
  restart(...namespaces)
)

const [client, server] = namespaces

interface RunningPod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
  readonly status: { readonly podIP: string }
}

const podOf = async (namespace: string): Promise<RunningPod> => {
  const list = ['-n', namespace, 'get', 'pods', '-l', `app=${peer}`, '-o', 'json']
  const { items } = JSON.parse((await cluster.kubectl(list)).stdout) as { items: RunningPod[] }
  const pod = items.find(({ metadata }) => metadata.deletionTimestamp === undefined)
  if (pod === undefined) throw new Error(`no pod in ${namespace}`)
  return pod
}

const podNames = async (namespace: string): Promise<readonly string[]> => {
  const list = ['-n', namespace, 'get', 'pods', '-l', `app=${peer}`, '-o', 'name']
  return (await cluster.kubectl(list)).stdout.trim().split('\n')
}

const lost = { name: '', back: async (): Promise<unknown> => undefined }

await t.test('a sidecar is cut off from istiod', async () => {
  const { metadata, status } = await podOf(client)
  lost.name = `${metadata.name}.${client}`
  lost.back = await cutOffFromIstiod(node, status.podIP)
})

await lossless(t, mesh, 'istiod restarted, one sidecar does not find back', async () => {
  const rollout = ['-n', 'istio-system', 'rollout']
  await cluster.kubectl([...rollout, 'restart', 'deployment', 'istiod'])
  await cluster.kubectl([...rollout, 'status', 'deployment', 'istiod', '--timeout=120s'])
})

await t.test('the script names the sidecar', async (t) => {
  const { stdout } = await follow({ ...wait, text: `${wait.text.replace('60', '15')} || true` })
  t.ok(stdout.split('\n').includes(lost.name), stdout)
})

await t.test('what it knows is replaced meanwhile, and its requests fail', async (t) => {
  const old = await podNames(server)
  const step = await traffic.during(`${server} restarted meanwhile`, async () => {
    await restart(server)
    // `rollout status` does not wait for them; as long as one is left, Envoy tries again there.
    const gone = ['wait', '--for=delete', '--timeout=90s', ...old]
    await cluster.kubectl(['-n', server, ...gone])
    await sleep(3000)
  })
  t.comment(step.why.join('\n'))
  t.ok(step.failed > 0, `${step.failed} of ${step.requests}`)
  for (const why of step.why) t.match(why, `${client}/${peer} (istiod) to ${peer}.${server}.`)
  t.match(step.why.join(), /503 upstream connect error/)
})

await t.test('the script ends when istiod holds it again', async (t) => {
  await lost.back()
  await t.resolves(follow(wait))
  // What still waits for a connection to a pod that is gone fails after Istio's connectTimeout of 10 s, in no later step.
  await sleep(12_000)
})
await lossless(t, mesh, `${server} restarted, each sidecar held`, () => restart(server))
await lossless(t, mesh, "every sidecar restarted by the guide's command", () =>
  follow(block(guide, 'two-roots-restart'))
)
