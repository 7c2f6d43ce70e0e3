import { setTimeout as sleep } from 'node:timers/promises'
import { ask, type Said } from '../api-server/ask.ts'
import type { Cluster } from '../lab/cluster.ts'
import { shop } from './sock-shop.ts'

/** What became of the pods that were asked for. */
export interface Outcome {
  readonly admitted: number
  /** Why others were not, each reason once. */
  readonly refused: readonly string[]
  readonly refusals: number
  /** Milliseconds from the first refusal to the last. */
  readonly refusedFor: number
}

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'load-' },
  spec: { containers: [{ name: 'app', image: 'registry.test/app:1' }] }
}

const path = `/api/v1/namespaces/${shop}/pods?dryRun=All`

/**
 * Creates pods (dry runs: admitted like any other, stored nowhere) as long as something else takes, 8 at a time, and
 * two seconds more on both sides of it.
 */
export const underLoad = async (
  cluster: Cluster,
  something: () => Promise<unknown>
): Promise<Outcome> => {
  const config = cluster.kubeConfig()
  const refusals: { readonly at: number; readonly why: string }[] = []
  let [admitted, ended] = [0, false]
  const note = ({ code, message }: Said): void => {
    if (code === 201) admitted++
    else refusals.push({ at: performance.now(), why: `${code} ${message}` })
  }
  const worker = async (): Promise<void> => {
    while (!ended) {
      note(await ask(config, { method: 'POST', path, body: pod }))
      await sleep(20)
    }
  }
  const workers = Promise.all(Array.from({ length: 8 }, worker))
  try {
    await sleep(2000)
    await something()
    await sleep(2000)
  } finally {
    ended = true
    await workers
  }
  const [first, last] = [refusals.at(0)?.at ?? 0, refusals.at(-1)?.at ?? 0]
  return {
    admitted,
    refused: [...new Set(refusals.map(({ why }) => why))],
    refusals: refusals.length,
    refusedFor: Math.round(last - first)
  }
}
