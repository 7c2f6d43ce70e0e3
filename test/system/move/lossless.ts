import type { Test } from 'tap'
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
