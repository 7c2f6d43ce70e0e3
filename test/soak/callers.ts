import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../lab/cluster.ts'
import { postPods } from '../lab/post-pods.ts'
import type { Failure } from './outcome.ts'

/** Callers that create pods without a pause, and what became of each. */
export interface Callers {
  readonly admitted: () => number
  /** Pods that were admitted as they were sent: what must never happen. */
  readonly unmoved: () => number
  readonly failures: readonly Failure[]
  readonly stop: () => Promise<void>
}

/** An istio-proxy of its own, so that the webhooks are asked without Istio. */
const pod = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'soak-' },
  spec: { containers: [{ name: 'istio-proxy', image: 'registry.test/proxyv2:1', args: ['proxy'] }] }
})

/** Stands in a pod that was moved, and not in the one that is sent. */
const moved = 'csi.spiffe.io'

/** Starts so many callers for a namespace; pods are admitted and not stored. */
export function startCallers(cluster: Cluster, namespace: string, count: number): Callers {
  const query = '?dryRun=All'
  const { post, close } = postPods(cluster, { namespace, pod, connections: count, query })
  const counts = { admitted: 0, unmoved: 0, on: true }
  const failures: Failure[] = []
  const call = async (): Promise<void> => {
    const began = Date.now()
    const { code, text } = await post()
    if (code === 201) {
      counts.admitted++
      if (!text.includes(moved)) counts.unmoved++
      return
    }
    failures.push({ began, ended: Date.now(), code, message: text.slice(0, 300) })
    await sleep(50)
  }
  const callers = Array.from({ length: count }, async () => {
    while (counts.on) await call()
  })
  return {
    admitted: () => counts.admitted,
    unmoved: () => counts.unmoved,
    failures,
    stop: async () => {
      counts.on = false
      await Promise.all(callers)
      close()
    }
  }
}
