import type { Test } from 'tap'
import { block, namedBlocks } from './guide.ts'
import { namespaces, strangerAsks } from './peers.ts'
import type { Mesh } from './start-mesh.ts'

/** Does something under traffic: no request may fail or pass unencrypted, and many must have been made. */
export async function lossless(
  t: Test,
  { traffic }: Mesh,
  title: string,
  something: () => Promise<unknown>
): Promise<void> {
  await t.test(title, async (t) => {
    const step = await traffic.during(title, something)
    t.comment(`${step.requests} requests, ${step.failed} failed: ${JSON.stringify(step.pairs)}`)
    t.strictSame(step.why, [], 'no request failed')
    t.equal(step.failed, 0)
    t.equal(step.unencrypted, 0)
    t.ok(step.requests > 200, `${step.requests} requests`)
  })
}

/** By the guide's own commands: each namespace is moved, a caller that no policy names is still refused, and one goes back. */
export async function moveInTurn(t: Test, mesh: Mesh, policiesHold: string): Promise<void> {
  const guide = namedBlocks('move-a-live-mesh.md')
  const { cluster, follow } = mesh
  for (const NAMESPACE of namespaces) {
    await lossless(t, mesh, `${NAMESPACE} is moved`, () =>
      follow(block(guide, 'move-namespace'), { NAMESPACE })
    )
  }
  await t.test(policiesHold, async (t) => {
    t.strictSame(await strangerAsks(cluster), ['403', '403', '403'])
  })
  const [, NAMESPACE] = namespaces
  await lossless(t, mesh, `${NAMESPACE} goes back`, () =>
    follow(block(guide, 'move-namespace-back'), { NAMESPACE })
  )
}

/** At the end of a suite prints what each step lost, and ends the cluster. */
export function reportAndStop(t: Test, { cluster, traffic }: Mesh): void {
  t.teardown(async () => {
    t.comment(`\n${traffic.table()}`)
    await cluster.stop({ keepLogs: !t.passing() })
  })
}
