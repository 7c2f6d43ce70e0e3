import type { Config } from '../../../src/config/config.ts'
import type { JsonObject } from '../../../src/kubernetes/json.ts'
import { expectedOf } from '../../../src/verify/webhooks/expected.ts'
import { defaultConfig } from '../../config/default-config.ts'

/** A change of one object, of any depth of copies. */
export type Edit = (object: JsonObject) => JsonObject

const configuration = (webhooks: readonly JsonObject[]): JsonObject => ({
  metadata: { name: 'spiffe-webhook', labels: { 'app.kubernetes.io/name': 'spiffe-webhook' } },
  webhooks
})

/** What the API server adds to a webhook where the chart says nothing. */
const withDefaults = (webhook: JsonObject): JsonObject => ({
  failurePolicy: String(webhook.name).startsWith('warn') ? 'Ignore' : 'Fail',
  matchPolicy: 'Equivalent',
  objectSelector: {},
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  timeoutSeconds: 5,
  ...webhook
})

/** Our two configurations as the chart renders them, with a change of the entries whose short names are given. */
export function rendered(
  edits: Readonly<Record<string, Edit | null>> = {},
  config: Config = defaultConfig
): { readonly mutating: JsonObject; readonly validating: JsonObject } {
  const { mutating, validating } = expectedOf(config)
  const installed = (webhooks: readonly JsonObject[]): readonly JsonObject[] =>
    webhooks.flatMap((webhook) => {
      const edit = edits[String(webhook.name).split('.')[0] ?? '']
      if (edit === null) return []
      const whole = withDefaults(webhook)
      return [edit === undefined ? whole : edit(whole)]
    })
  return {
    mutating: configuration(installed(mutating)),
    validating: configuration(installed(validating))
  }
}
