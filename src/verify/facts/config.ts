import { createHash } from 'node:crypto'
import type { Config } from '../../config/config.ts'
import { readConfig } from '../../config/load.ts'
import { textAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { Seen } from '../check.ts'
import { type ChartValues, readChartValues } from '../objects/expected-objects.ts'
import type { VerifyDeps, VerifySubject } from '../scope.ts'
import { entriesOf, ownConfigurations } from '../webhooks/entries.ts'
import { getOne } from './seen.ts'

/** The configuration to judge by, and whether the one of the webhook that is installed could be seen. */
export interface FoundConfig {
  readonly config: Config
  readonly installed: Seen<unknown>
  /** True where it is the one of the webhook that is installed, or was given: not the defaults. */
  readonly isKnown: boolean
  /** Where it was found; undefined: nowhere. */
  readonly place: Place | undefined
}

/** Where the webhook is installed, by its ConfigMap. */
export interface Place extends Service {
  /** What the chart writes to each pod for this configuration. */
  readonly checksum: string
  /** What else the chart was rendered from; undefined where the ConfigMap does not say. */
  readonly values: ChartValues | undefined
}

/** The keys that the chart gives the configuration and its other values in its ConfigMap (templates/config-map.yaml). */
const key = 'config.yaml'
const valuesKey = 'chart.yaml'

/**
 * The configuration with which the webhook was installed: the chart's ConfigMap has the namespace and name of the
 * Service that the API server calls. A file on the command line counts instead, and the map then only says what is
 * installed; the defaults count where there is neither.
 */
export async function findConfig(
  { get }: Pick<VerifyDeps, 'get'>,
  { config, hasConfigFile }: Pick<VerifySubject, 'config' | 'hasConfigFile'>,
  mutating: Seen<readonly JsonObject[]>
): Promise<FoundConfig> {
  const objects = mutating.kind === 'seen' ? mutating.value : []
  const service = serviceOf(objects, config.certificates.mutatingWebhookConfiguration)
  const found =
    service === undefined
      ? { config, installed: nothing, isKnown: false, place: undefined }
      : await readMap(get, service, config)
  return hasConfigFile ? { ...found, config, installed: nothing, isKnown: true } : found
}

/** Seen, and not there. */
const nothing: Seen<undefined> = { kind: 'seen', value: undefined }

/** The Service of the webhook, whose name the ConfigMap and the Deployment have too. */
export interface Service {
  readonly namespace: string
  readonly name: string
}

function serviceOf(objects: readonly JsonObject[], name: string): Service | undefined {
  return entriesOf(ownConfigurations(objects, name))
    .map(({ webhook }) => ({
      namespace: textAt(webhook, 'clientConfig', 'service', 'namespace'),
      name: textAt(webhook, 'clientConfig', 'service', 'name')
    }))
    .find((service) => service.name !== '')
}

async function readMap(
  get: VerifyDeps['get'],
  { namespace, name }: Service,
  config: Config
): Promise<FoundConfig> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`
  const map = await getOne(get, path, 'configmaps')
  const text = map.kind === 'seen' ? textAt(map.value, 'data', key) : ''
  if (text === '') return { config, installed: map, isKnown: false, place: undefined }
  const read = readConfig(text)
  const checksum = createHash('sha256').update(text.replace(/\n$/, '')).digest('hex')
  const values =
    map.kind === 'seen' ? readChartValues(textAt(map.value, 'data', valuesKey)) : undefined
  const place = { namespace, name, checksum, values }
  if ('config' in read) return { config: read.config, installed: map, isKnown: true, place }
  const why = `ConfigMap ${namespace}/${name} is of another version (${read.errors[0]}): give the configuration with --config`
  const notSeen = { resource: 'configmaps', verb: 'get', why }
  return { config, installed: { kind: 'notSeen', notSeen }, isKnown: false, place }
}
