import {
  AdmissionregistrationV1Api,
  ApiException,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions
} from '@kubernetes/client-node'
import type { CertificateStore, StoredBundles } from '../certificates/store.ts'
import type { CertificatesConfig } from '../config/config.ts'

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

const jsonPatch = setHeaderOptions('Content-Type', PatchStrategy.JsonPatch)

/** Somebody was faster: a failed test is 422 Invalid (kubernetes apiserver handlers/patch.go), a lost write 409. */
const lostRace = [404, 409, 422]

/** The store in a cluster, with the rights of the kubeconfig, or of the pod's own service account. */
export function certificateStore(
  config: StoreConfig,
  kubeConfig: KubeConfig = defaultKubeConfig()
): CertificateStore {
  const core = kubeConfig.makeApiClient(CoreV1Api)
  const { namespace, name } = config.secret
  const place = `Secret ${namespace}/${name}`
  const configurations = configurationApis(kubeConfig, config)
  return {
    readSecret: async () => {
      const read = core.readNamespacedSecret({ name, namespace })
      const secret = await asked(`get ${place}`, read, [404])
      if (secret === undefined) return undefined
      const data = Object.entries(secret.data ?? {}).map(([key, value]) => [key, decode(value)])
      return {
        data: Object.fromEntries(data),
        resourceVersion: secret.metadata?.resourceVersion ?? ''
      }
    },
    createSecret: async (data) => {
      const body = { metadata: { name, namespace }, data: encodeAll(data) }
      const created = core.createNamespacedSecret({ namespace, body })
      return (await asked(`create ${place}`, created, [409])) !== undefined
    },
    replaceSecret: async (data, resourceVersion) => {
      const operations = [
        { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
        { op: 'add', path: '/data', value: encodeAll(data) }
      ]
      const patched = core.patchNamespacedSecret({ name, namespace, body: operations }, jsonPatch)
      return (await asked(`patch ${place}`, patched, lostRace)) !== undefined
    },
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

function defaultKubeConfig(): KubeConfig {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromDefault()
  return kubeConfig
}

function configurationApis(kubeConfig: KubeConfig, config: StoreConfig): ConfigurationApi[] {
  const api = kubeConfig.makeApiClient(AdmissionregistrationV1Api)
  const mutating = config.mutatingWebhookConfiguration
  const validating = config.validatingWebhookConfiguration
  const apis: ConfigurationApi[] = [
    {
      resource: `mutatingwebhookconfigurations ${mutating}`,
      name: mutating,
      read: () => api.readMutatingWebhookConfiguration({ name: mutating }),
      patch: (body) => api.patchMutatingWebhookConfiguration({ name: mutating, body }, jsonPatch)
    },
    {
      resource: `validatingwebhookconfigurations ${validating}`,
      name: validating,
      read: () => api.readValidatingWebhookConfiguration({ name: validating }),
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
  const configuration = await asked(`get ${resource}`, read(), [404])
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
  return (await asked(`patch ${resource}`, patch([test, ...operations]), lostRace)) !== undefined
}

/** The answer, or undefined for one of the expected codes; any other is an error that says what was asked. */
async function asked<T>(
  what: string,
  answer: Promise<T>,
  expected: readonly number[]
): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    const code = error instanceof ApiException ? error.code : undefined
    if (code !== undefined && expected.includes(code)) return undefined
    const why =
      code === undefined ? String(error instanceof Error ? error.message : error) : `HTTP ${code}`
    const hint = code === 403 ? ': the service account lacks this right' : ''
    throw new Error(`cannot ${what} (${why})${hint}`, {
      cause: { code: 'Kubernetes', found: code, error }
    })
  }
}
