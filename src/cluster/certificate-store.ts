import type { CertificateStore, StoredBundles } from '../certificates/store.ts'
import type { CertificatesConfig } from '../config/config.ts'
import { listAt, stringsAt, textAt } from '../kubernetes/fields.ts'
import type { Access } from './access.ts'
import { type Answer, ask, type Request } from './api.ts'

/** Which objects the store is about. */
export type StoreConfig = Pick<
  CertificatesConfig,
  'secret' | 'mutatingWebhookConfiguration' | 'validatingWebhookConfiguration'
>

const decode = (value: string): string => Buffer.from(value, 'base64').toString()
const encode = (value: string): string => Buffer.from(value).toString('base64')
const encodeAll = (data: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, encode(value)]))

/** Milliseconds until an answer. */
const patience = 10_000

const isMissing = ({ status }: Answer): boolean => status === 404
const isThere = ({ status }: Answer): boolean => status === 409

/**
 * Somebody was faster: a lost write is 409, a failed test 422 without causes (apiserver endpoints/handlers/patch.go);
 * with causes the object itself is refused, for example an immutable Secret.
 */
const isLostRace = ({ status, body }: Answer): boolean =>
  status === 404 ||
  status === 409 ||
  (status === 422 && listAt(body, 'details', 'causes').length === 0)

/** The body of an answer, or undefined for a refusal that is expected. */
type Send = (
  what: string,
  request: Request,
  isExpected: (refusal: Answer) => boolean
) => Promise<unknown>

/** The store in a cluster, with the rights of the given credentials. */
export function certificateStore(
  config: StoreConfig,
  access: Access,
  milliseconds: number = patience
): CertificateStore {
  const send = sender(access, milliseconds)
  const { mutatingWebhookConfiguration, validatingWebhookConfiguration } = config
  const configurations = [
    `mutatingwebhookconfigurations ${mutatingWebhookConfiguration}`,
    `validatingwebhookconfigurations ${validatingWebhookConfiguration}`
  ].filter((configuration) => !configuration.endsWith(' '))
  return {
    ...secretStore(send, config.secret),
    readBundles: async () => {
      const all = await Promise.all(
        configurations.map((configuration) => readBundles(send, configuration))
      )
      return all.filter((bundles) => bundles !== undefined)
    },
    writeBundles: (stored, caBundles) => writeBundles(send, stored, caBundles)
  }
}

/** Any refusal that is not expected is an error that says what was asked and why. */
function sender(access: Access, milliseconds: number): Send {
  return async (what, request, isExpected) => {
    const fail = (why: string, found: unknown): never => {
      throw new Error(`cannot ${what} (${why})`, { cause: { code: 'Kubernetes', found } })
    }
    const answer = await ask(access, request, milliseconds).catch((error: unknown) =>
      fail(error instanceof Error ? error.message || String(error) : String(error), error)
    )
    if (answer.status >= 200 && answer.status < 300) return answer.body ?? {}
    if (isExpected(answer)) return undefined
    const message = textAt(answer.body, 'message')
    return fail(`HTTP ${answer.status}${message === '' ? '' : `: ${message}`}`, answer.status)
  }
}

/** The half of the store that is about the Secret. */
function secretStore(
  send: Send,
  { namespace, name }: StoreConfig['secret']
): Pick<CertificateStore, 'readSecret' | 'createSecret' | 'replaceSecret'> {
  const place = `Secret ${namespace}/${name}`
  const all = `/api/v1/namespaces/${namespace}/secrets`
  const path = `${all}/${name}`
  return {
    readSecret: async () => {
      const secret = await send(`get ${place}`, { method: 'GET', path }, isMissing)
      if (secret === undefined) return undefined
      const data = Object.entries(stringsAt(secret, 'data')).map(([key, value]) => [
        key,
        decode(value)
      ])
      return {
        data: Object.fromEntries(data),
        resourceVersion: textAt(secret, 'metadata', 'resourceVersion')
      }
    },
    createSecret: async (data) => {
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } }
      const body = { ...secret, data: encodeAll(data) }
      const created = await send(`create ${place}`, { method: 'POST', path: all, body }, isThere)
      return created !== undefined
    },
    replaceSecret: async (data, resourceVersion) => {
      const body = [
        { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
        { op: 'add', path: '/data', value: encodeAll(data) }
      ]
      return (
        (await send(`patch ${place}`, { method: 'PATCH', path, body }, isLostRace)) !== undefined
      )
    }
  }
}

/** `mutatingwebhookconfigurations NAME` as a path of the API. */
const pathOf = (configuration: string): string =>
  `/apis/admissionregistration.k8s.io/v1/${configuration.replace(' ', '/')}`

async function readBundles(send: Send, configuration: string): Promise<StoredBundles | undefined> {
  const request = { method: 'GET', path: pathOf(configuration) } as const
  const object = await send(`get ${configuration}`, request, isMissing)
  if (object === undefined) return undefined
  return {
    configuration,
    resourceVersion: textAt(object, 'metadata', 'resourceVersion'),
    caBundles: listAt(object, 'webhooks').map((webhook) =>
      decode(textAt(webhook, 'clientConfig', 'caBundle'))
    )
  }
}

/** Touches nothing but the caBundles, and only while the configuration is the one that was read. */
async function writeBundles(
  send: Send,
  { configuration, resourceVersion }: StoredBundles,
  caBundles: readonly string[]
): Promise<boolean> {
  const operations = caBundles.map((caBundle, index) => ({
    op: 'add',
    path: `/webhooks/${index}/clientConfig/caBundle`,
    value: encode(caBundle)
  }))
  const test = { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion }
  const body = [test, ...operations]
  const request = { method: 'PATCH', path: pathOf(configuration), body } as const
  return (await send(`patch ${configuration}`, request, isLostRace)) !== undefined
}
