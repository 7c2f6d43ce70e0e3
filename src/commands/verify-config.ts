import type { Config } from '../config/config.ts'
import { readConfig } from '../config/load.ts'
import type { JsonObject } from '../kubernetes/json.ts'
import type { NotSeen } from '../verify/check.ts'
import { nameOf, namespaceOf, textAt } from '../verify/object.ts'
import { entriesOf, ownConfigurations } from '../verify/webhooks.ts'
import type { VerifyDeps, VerifySubject } from './verify-deps.ts'
import { admission, getOne, listSome } from './verify-read.ts'

/** The configuration to judge by, and what kept the run from seeing the one of the webhook that is installed. */
export interface FoundConfig {
  readonly config: Config
  readonly notSeen: readonly NotSeen[]
}

/** The key that the chart gives the configuration in its ConfigMap (templates/config-map.yaml). */
const key = 'config.yaml'

/**
 * The configuration with which the webhook was installed: the chart's ConfigMap has the namespace and name of the
 * Service that the API server calls. A file on the command line counts instead, the defaults where there is neither.
 */
export async function findConfig(
  { get }: Pick<VerifyDeps, 'get'>,
  { config, hasConfigFile }: Pick<VerifySubject, 'config' | 'hasConfigFile'>
): Promise<FoundConfig> {
  if (hasConfigFile) return { config, notSeen: [] }
  const name = config.certificates.mutatingWebhookConfiguration
  const path = `${admission}/mutatingwebhookconfigurations`
  const resource = 'mutatingwebhookconfigurations.admissionregistration.k8s.io'
  const services = await listSome(get, { path }, resource, (object) => serviceOf(object, name))
  // A refusal is told where the configurations themselves are judged.
  const [service] = services.kind === 'seen' ? services.value : []
  return service === undefined ? { config, notSeen: [] } : readMap(get, service, config)
}

interface Service {
  readonly namespace: string
  readonly name: string
}

function serviceOf(object: JsonObject, name: string): Service | undefined {
  const inject = entriesOf(ownConfigurations([object], name)).find(({ path }) => path === '/inject')
  const service = {
    namespace: textAt(inject?.webhook, 'clientConfig', 'service', 'namespace'),
    name: textAt(inject?.webhook, 'clientConfig', 'service', 'name')
  }
  return service.name === '' ? undefined : service
}

async function readMap(
  get: VerifyDeps['get'],
  { namespace, name }: Service,
  config: Config
): Promise<FoundConfig> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`
  const map = await getOne(get, path, 'configmaps')
  if (map.kind === 'notSeen') return { config, notSeen: [map.notSeen] }
  const text = textAt(map.value, 'data', key)
  if (text === '') return { config, notSeen: [] }
  const read = readConfig(text)
  if ('config' in read) return { config: read.config, notSeen: [] }
  const place = `ConfigMap ${namespaceOf(map.value)}/${nameOf(map.value)}`
  const why = `${place} is of another version (${read.errors[0]}): give the configuration with --config`
  return { config, notSeen: [{ resource: 'configmaps', verb: 'get', why }] }
}
