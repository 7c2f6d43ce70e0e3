import { textAt } from '../../kubernetes/fields.ts'
import type { BundleFacts, Serving } from '../checks/ca-bundle.ts'
import type { VerifyDeps, VerifyScope } from '../scope.ts'
import { addressOf, entriesOf, ownConfigurations } from '../webhooks/entries.ts'
import type { ClusterFacts } from './facts.ts'
import { getOne } from './seen.ts'

/** The chains that our webhooks are served with, one question for each server, beside their entries. */
export async function readServing(
  deps: VerifyDeps,
  { config }: VerifyScope,
  { mutating, validating }: ClusterFacts
): Promise<readonly BundleFacts[]> {
  const { mutatingWebhookConfiguration, validatingWebhookConfiguration } = config.certificates
  const sides = [
    ['MutatingWebhookConfiguration', mutating, mutatingWebhookConfiguration],
    ['ValidatingWebhookConfiguration', validating, validatingWebhookConfiguration]
  ] as const
  const entries = sides.flatMap(([side, seen, name]) =>
    seen.kind === 'seen'
      ? entriesOf(ownConfigurations(seen.value, name)).map((entry) => ({ side, entry }))
      : []
  )
  const secret = once(() => fromSecret(deps, config.certificates.secret))
  const known = new Map<string, Promise<Serving>>()
  return Promise.all(
    entries.map(async ({ side, entry }) => {
      const [host, port] = addressOf(entry.webhook)
      const key = `${host}:${port}`
      const serving = known.get(key) ?? serve(deps, host, port, secret)
      known.set(key, serving)
      return { side, entry, serving: await serving }
    })
  )
}

/** Inside the cluster, or for a URL, the server itself shows its certificate; elsewhere the Secret may. */
async function serve(
  { handshake }: VerifyDeps,
  host: string,
  port: number,
  secret: () => Promise<Serving>
): Promise<Serving> {
  const shown = await handshake(host, port)
  return shown.kind === 'shown'
    ? { kind: 'seen', pem: shown.pem, from: `the certificate of ${host}:${port}` }
    : secret()
}

/** Only the certificate is looked at; the key beside it is dropped with the answer. */
async function fromSecret(
  { get }: VerifyDeps,
  { namespace, name }: { readonly namespace: string; readonly name: string }
): Promise<Serving> {
  const read = await getOne(get, `/api/v1/namespaces/${namespace}/secrets/${name}`, 'secrets')
  if (read.kind === 'notSeen') return read
  const pem = textAt(read.value, 'data', 'tls.crt')
  if (pem === '') {
    const why = `no server could be reached from here, and Secret ${namespace}/${name} holds no certificate`
    return { kind: 'notSeen', notSeen: { resource: 'secrets', verb: 'get', why } }
  }
  const from = `the certificate in Secret ${namespace}/${name}`
  return { kind: 'seen', pem: Buffer.from(pem, 'base64').toString('utf8'), from }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
