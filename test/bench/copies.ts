import { parseAllDocuments } from 'yaml'
import type { Cluster } from '../lab/cluster.ts'
import { execute } from '../lab/execute.ts'
import { until } from '../lab/until.ts'
import { production } from './servers.ts'
import { injectAlone, ordinaryFalse, ordinarySelected, ordinaryWithPolicy } from './variants.ts'

/** One entry of a webhook configuration, as far as it is read. */
interface Entry {
  readonly name: string
  readonly clientConfig: { readonly caBundle?: string }
  readonly namespaceSelector?: object
}

const kinds = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const

/** The entries that pods are created past in a labelled namespace. */
const aboutPods = /^(inject|enforce-pods|warn-pods)\.spiffe-webhook\.internal$/

/** Selects one namespace. */
export const only = (namespace: string): object => ({
  matchLabels: { 'kubernetes.io/metadata.name': namespace }
})

/** Applies a webhook configuration. */
export async function applyConfiguration(
  { kubectl }: Cluster,
  kind: (typeof kinds)[number],
  name: string,
  webhooks: readonly object[]
): Promise<void> {
  const apiVersion = 'admissionregistration.k8s.io/v1'
  const input = JSON.stringify({ apiVersion, kind, metadata: { name }, webhooks })
  await kubectl(['apply', '-f', '-'], { input })
}

/** The release's own entries about pods, changed, for a namespace that the release excludes. */
async function copy(
  cluster: Cluster,
  kind: (typeof kinds)[number],
  namespace: string,
  change: object
): Promise<void> {
  const entries = await until('the caBundle', async () => {
    const { stdout } = await cluster.kubectl(['get', kind, 'spiffe-webhook', '-o', 'json'])
    const found: readonly Entry[] = JSON.parse(stdout).webhooks
    return found.every(({ clientConfig }) => clientConfig.caBundle !== undefined) && found
  })
  const copies = entries
    .filter(({ name }) => aboutPods.test(name))
    .map((entry) => ({ ...entry, namespaceSelector: only(namespace), ...change }))
  await applyConfiguration(cluster, kind, `spiffe-webhook-${namespace}`, copies)
}

/** `/inject` without the guard. */
export async function copyInject(cluster: Cluster): Promise<void> {
  await copy(cluster, 'MutatingWebhookConfiguration', injectAlone.namespace, {})
}

/** What entries cost that say nothing: conditions that are only `false`, and a selector that leaves the pod out. */
export async function copySilent(cluster: Cluster): Promise<void> {
  const silent = [
    [ordinaryFalse, { matchConditions: [{ name: 'never', expression: 'false' }] }],
    [ordinarySelected, { objectSelector: { matchLabels: { bench: 'no-pod-has-this' } } }]
  ] as const
  for (const [{ namespace }, change] of silent) {
    for (const kind of kinds) await copy(cluster, kind, namespace, change)
  }
}

/** The admission policy alone, as the command line prints it. */
export async function copyPolicy({ kubectl }: Cluster): Promise<void> {
  const { stdout } = await execute(process.execPath, [...production, 'policy'])
  const [policy, binding] = parseAllDocuments(stdout).map((document) => document.toJS())
  const matchResources = { namespaceSelector: only(ordinaryWithPolicy.namespace) }
  const bound = { ...binding, spec: { ...binding.spec, matchResources } }
  for (const object of [policy, bound]) {
    await kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) })
  }
}
