import { labelsOf, listAt, nameOf, numberAt, textAt, textsAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'

/** One entry of a webhook configuration, with the configuration's name. */
export interface WebhookEntry {
  readonly configuration: string
  readonly name: string
  /** Path of clientConfig, of its service or its URL: `/inject`. */
  readonly path: string
  readonly webhook: JsonObject
}

/** The label of our chart's objects (Kubernetes recommended labels). */
const nameLabel = 'app.kubernetes.io/name'

/** Ours: by the name in our own configuration, or by our chart's label under any other name. */
export function ownConfigurations(
  configurations: readonly JsonObject[],
  name: string
): readonly JsonObject[] {
  return configurations.filter(
    (object) => nameOf(object) === name || labelsOf(object)[nameLabel] === 'spiffe-webhook'
  )
}

/** Every entry of these configurations. */
export function entriesOf(configurations: readonly JsonObject[]): readonly WebhookEntry[] {
  return configurations.flatMap((object) =>
    listAt(object, 'webhooks').map((webhook) => ({
      configuration: nameOf(object),
      name: textAt(webhook, 'name'),
      path: pathOf(webhook),
      webhook
    }))
  )
}

function pathOf(webhook: JsonObject): string {
  const url = textAt(webhook, 'clientConfig', 'url')
  if (url === '') return textAt(webhook, 'clientConfig', 'service', 'path') || '/'
  return URL.canParse(url) ? new URL(url).pathname : ''
}

/** Host and port of a clientConfig (admissionregistration.k8s.io/v1 ServiceReference: port 443 by default). */
export function addressOf({ clientConfig }: JsonObject): readonly [string, number] {
  const url = textAt(clientConfig, 'url')
  if (URL.canParse(url)) {
    const { hostname, port } = new URL(url)
    return [hostname.replace(/^\[|\]$/g, ''), Number(port || 443)]
  }
  const service = (key: string): string => textAt(clientConfig, 'service', key)
  const port = numberAt(clientConfig, 'service', 'port') || 443
  return [`${service('name')}.${service('namespace')}.svc`, port]
}

/** True where the entry is asked about an operation on a resource, as in `pods` or `pods/ephemeralcontainers`. */
export function isAskedAbout(
  { webhook }: WebhookEntry,
  group: string,
  resource: string,
  operation: string
): boolean {
  const [main = '', sub = ''] = resource.split('/')
  const resources = sub === '' ? [main, '*', '*/*'] : [resource, `${main}/*`, `*/${sub}`, '*/*']
  const any = (values: readonly string[], wanted: readonly string[]): boolean =>
    values.some((value) => wanted.includes(value))
  return listAt(webhook, 'rules').some(
    (rule) =>
      any(textsAt(rule, 'apiGroups'), [group, '*']) &&
      any(textsAt(rule, 'resources'), resources) &&
      any(textsAt(rule, 'operations'), [operation, '*'])
  )
}
