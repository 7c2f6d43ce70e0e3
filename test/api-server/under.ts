import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Cluster } from '../lab/cluster.ts'
import { type Asked, ask, type Said } from './ask.ts'

const sidecar = { name: 'istio-proxy', image: 'registry.test/proxyv2:1', args: ['proxy'] }

/** A request for a pod that is asked about and not stored. */
export const podRequest = (namespace: string, spec: object, path = ''): Asked => ({
  method: 'POST',
  path: `/api/v1/namespaces/${namespace}/pods?dryRun=All${path}`,
  body: { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'probe-' }, spec }
})

/** Asks for a pod that the webhook must be asked about, in the labelled namespace sock-shop. */
export const createIn = (cluster: Cluster): (() => Promise<Said>) => {
  const asked = podRequest('sock-shop', { containers: [sidecar] })
  return () => ask(cluster.kubeConfig(), asked)
}

/** Creates pods all the time while `work` goes on; answers what failed. */
export async function under(
  create: () => Promise<Said>,
  work: () => Promise<unknown>
): Promise<readonly string[]> {
  const failed: string[] = []
  const state = { on: true, sent: 0 }
  const load = (async () => {
    while (state.on) {
      const { code, message } = await create()
      state.sent += 1
      if (code !== 201) failed.push(`${code} ${message}`)
      await sleep(20)
    }
  })()
  try {
    await work()
  } finally {
    state.on = false
    await load
  }
  t.comment(`${state.sent} pods, ${failed.length} refused`)
  return failed
}

/** The caBundle of every entry of a release's two configurations, in PEM. */
export const bundlesOf = async (
  cluster: Cluster,
  name = 'spiffe-webhook'
): Promise<readonly string[]> => {
  const kinds = ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration']
  const all = await Promise.all(
    kinds.map(async (kind) =>
      JSON.parse((await cluster.kubectl(['get', kind, name, '-o', 'json'])).stdout)
    )
  )
  return all
    .flatMap(({ webhooks }) => webhooks as { clientConfig: { caBundle?: string } }[])
    .map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString())
}
