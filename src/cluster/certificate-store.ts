import {
  AdmissionregistrationV1Api,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions
} from '@kubernetes/client-node'
import type { CertificateStore, StoredBundles } from '../certificates/store.ts'
import type { CertificatesConfig } from '../config/config.ts'
import { asked, type Refusal, within } from './ask-api.ts'

/** Which objects the store is about. */
export type StoreConfig = Pick<
  CertificatesConfig,
  'secret' | 'mutatingWebhookConfiguration' | 'validatingWebhookConfiguration'
>

/** What both kinds of webhook configuration have in common here. */
interface Configuration {
  readonly metadata?: { readonly resourceVersion?: string }
  readonly webhooks?: readonly { readonly clientConfig?: { readonly caBundle?: string } }[]
}

/** One kind of webhook configuration, reached by its name alone. */
interface ConfigurationApi {
  readonly resource: string
  readonly name: string
  readonly read: () => Promise<Configuration>
  readonly patch: (body: object) => Promise<unknown>
}

const decode = (value: string): string => Buffer.from(value, 'base64').toString()
const encode = (value: string): string => Buffer.from(value).toString('base64')
const encodeAll = (data: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, encode(value)]))

/** Milliseconds until an answer. */
const patience = 10_000

const isMissing = ({ code }: Refusal): boolean => code === 404
const isThere = ({ code }: Refusal): boolean => code === 409

/**
 * Somebody was faster: a lost write is 409, a failed test 422 without causes (apiserver endpoints/handlers/patch.go);
 * with causes the object itself is refused, for example an immutable Secret.
 */
const isLostRace = ({ code, hasCauses }: Refusal): boolean =>
  code === 404 || code === 409 || (code === 422 && !hasCauses)

/** The store in a cluster, with the rights of the kubeconfig, or of the pod's own service account. */
export function certificateStore(
  config: StoreConfig,
  kubeConfig: KubeConfig = defaultKubeConfig(),
  milliseconds: number = patience
): CertificateStore {
  const inTime = within(milliseconds)
  const jsonPatch = setHeaderOptions('Content-Type', PatchStrategy.JsonPatch, inTime)
  const configurations = configurationApis(kubeConfig, config, { inTime, jsonPatch })
  return {
    ...secretStore(kubeConfig.makeApiClient(CoreV1Api), config.secret, { inTime, jsonPatch }),
    readBundles: async () => {
      const all = await Promise.all(configurations.map(readBundles))
      return all.filter((bundles) => bundles !== undefined)
    },
    writeBundles: async (stored, caBundles) => {
      const api = configurations.find(({ resource }) => resource === stored.configuration)
      return api === undefined ? false : writeBundles(api, stored, caBundles)
    }
  }
}

/** The half of the store that is about the Secret. */
function secretStore(
  core: CoreV1Api,
  { namespace, name }: StoreConfig['secret'],
  { inTime, jsonPatch }: CallOptions
): Pick<CertificateStore, 'readSecret' | 'createSecret' | 'replaceSecret'> {
  const place = `Secret ${namespace}/${name}`
  return {
    readSecret: async () => {
      const read = core.readNamespacedSecret({ name, namespace }, inTime)
      const secret = await asked(`get ${place}`, read, isMissing)
      if (secret === undefined) return undefined
      const data = Object.entries(secret.data ?? {}).map(([key, value]) => [key, decode(value)])
      return {
        data: Object.fromEntries(data),
        resourceVersion: secret.metadata?.resourceVersion ?? ''
      }
    },
    createSecret: async (data) => {
      const body = { metadata: { name, namespace }, data: encodeAll(data) }
      const created = core.createNamespacedSecret({ namespace, body }, inTime)
      return (await asked(`create ${place}`, created, isThere)) !== undefined
    },
    replaceSecret: async (data, resourceVersion) => {
      const operations = [
        { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
        { op: 'add', path: '/data', value: encodeAll(data) }
      ]
      const patched = core.patchNamespacedSecret({ name, namespace, body: operations }, jsonPatch)
      return (await asked(`patch ${place}`, patched, isLostRace)) !== undefined
    }
  }
}

function defaultKubeConfig(): KubeConfig {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromDefault()
  return kubeConfig
}

interface CallOptions {
  readonly inTime: ReturnType<typeof within>
  readonly jsonPatch: ReturnType<typeof within>
}

function configurationApis(
  kubeConfig: KubeConfig,
  config: StoreConfig,
  { inTime, jsonPatch }: CallOptions
): ConfigurationApi[] {
  const api = kubeConfig.makeApiClient(AdmissionregistrationV1Api)
  const mutating = config.mutatingWebhookConfiguration
  const validating = config.validatingWebhookConfiguration
  const apis: ConfigurationApi[] = [
    {
      resource: `mutatingwebhookconfigurations ${mutating}`,
      name: mutating,
      read: () => api.readMutatingWebhookConfiguration({ name: mutating }, inTime),
      patch: (body) => api.patchMutatingWebhookConfiguration({ name: mutating, body }, jsonPatch)
    },
    {
      resource: `validatingwebhookconfigurations ${validating}`,
      name: validating,
      read: () => api.readValidatingWebhookConfiguration({ name: validating }, inTime),
      patch: (body) =>
        api.patchValidatingWebhookConfiguration({ name: validating, body }, jsonPatch)
    }
  ]
  return apis.filter(({ name }) => name !== '')
}

async function readBundles({
  resource,
  read
}: ConfigurationApi): Promise<StoredBundles | undefined> {
  const configuration = await asked(`get ${resource}`, read(), isMissing)
  if (configuration === undefined) return undefined
  return {
    configuration: resource,
    resourceVersion: configuration.metadata?.resourceVersion ?? '',
    caBundles: (configuration.webhooks ?? []).map(({ clientConfig }) =>
      decode(clientConfig?.caBundle ?? '')
    )
  }
}

/** Touches nothing but the caBundles, and only while the configuration is the one that was read. */
async function writeBundles(
  { resource, patch }: ConfigurationApi,
  { resourceVersion }: StoredBundles,
  caBundles: readonly string[]
): Promise<boolean> {
  const operations = caBundles.map((caBundle, index) => ({
    op: 'add',
    path: `/webhooks/${index}/clientConfig/caBundle`,
    value: encode(caBundle)
  }))
  const test = { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion }
  return (await asked(`patch ${resource}`, patch([test, ...operations]), isLostRace)) !== undefined
}
