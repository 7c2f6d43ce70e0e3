import type { Test } from 'tap'
import type { Row } from '../guard/decision-table.ts'
import type { SomeCluster } from '../lab/some-cluster.ts'
import { ask } from './ask.ts'
import { collection, isTerminating, named, type ReviewRequest } from './replay.ts'

const serviceAccounts = [
  ['spire-system', 'tbot'],
  ['spire-system', 'spiffe-csi-driver'],
  ['spire-system', 'constructor'],
  ['spire-system-evil', 'tbot'],
  ['spire', 'tbot'],
  ['constructor', 'tbot'],
  ['app', 'tbot'],
  ['monitoring', 'node-exporter']
] as const

/** The requests of a row, as they are replayed. */
export const requestsOf = (row: Row): readonly ReviewRequest[] =>
  row.reviews.map((review) => (review as { readonly request: ReviewRequest }).request)

/** The name of a row's object in the cluster. */
export const nameOf = (row: Row, index: number): string => `${row.id}-${index}`

/** Makes the namespaces and service accounts that the decision table speaks of. */
export async function prepareTable(cluster: SomeCluster): Promise<void> {
  const namespaces = new Set(['app', ...serviceAccounts.map(([namespace]) => namespace)])
  for (const namespace of namespaces) await cluster.namespace(namespace)
  const items = serviceAccounts.map(([namespace, name]) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace, name }
  }))
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  await cluster.kubectl(['apply', '-f', '-'], { input })
}

/** Makes the objects that are updated, before any policy would refuse them; they can be taken away again. */
export async function createOld(
  t: Test,
  cluster: SomeCluster,
  rows: readonly Row[]
): Promise<{ readonly remove: () => Promise<void> }> {
  const kept: string[] = []
  for (const row of rows) {
    for (const [index, request] of requestsOf(row).entries()) {
      if (request.oldObject === null) continue
      const body = named(request.oldObject, nameOf(row, index), isTerminating(request))
      const path = collection(body)
      const { ephemeralContainers, ...spec } = (body.spec ?? {}) as Record<string, unknown>
      const created = { ...body, spec }
      const said = await ask(cluster.kubeConfig(), { method: 'POST', path, body: created })
      t.equal(said.code, 201, `${row.id}: ${said.message}`)
      if (ephemeralContainers !== undefined) {
        // No pod is created with one.
        const one = `${path}/${nameOf(row, index)}/ephemeralcontainers`
        const joined = await ask(cluster.kubeConfig(), { method: 'PUT', path: one, body })
        t.equal(joined.code, 200, `${row.id}: ${joined.message}`)
      }
      const gone = `${path}/${nameOf(row, index)}`
      if (!isTerminating(request)) {
        kept.push(gone)
        continue
      }
      t.equal((await ask(cluster.kubeConfig(), { method: 'DELETE', path: gone })).code, 200)
    }
  }
  const remove = async (): Promise<void> => {
    for (const path of kept) await ask(cluster.kubeConfig(), { method: 'DELETE', path })
  }
  return { remove }
}
