import { asObject, asText, listAt } from '../kubernetes/fields.ts'
import type { JsonObject } from '../kubernetes/json.ts'
import type { AdmissionRequest } from './decode-review.ts'
import type { DecisionRecord } from './review.ts'

/** What was decided, without the facts of the request. */
export type Decided = Pick<DecisionRecord, 'decision' | 'reason' | 'operations'>

/** The log line of a decision: names of the request, never its content. */
export function record(
  uid: string,
  request: AdmissionRequest | undefined,
  decided: Decided
): DecisionRecord {
  const metadata = asObject(asObject(request?.object).metadata)
  return {
    uid,
    namespace: request?.namespace ?? '',
    name: request?.name || asText(metadata.name) || asText(metadata.generateName),
    owner: ownerOf(metadata),
    kind: request?.kind ?? '',
    operation: request?.operation ?? '',
    dryRun: request?.dryRun ?? false,
    ...decided
  }
}

function ownerOf(metadata: JsonObject): string {
  const owners = listAt(metadata, 'ownerReferences')
  const owner = owners.find(({ controller }) => controller === true) ?? owners[0]
  const kind = asText(owner?.kind)
  const name = asText(owner?.name)
  return kind === '' || name === '' ? '' : `${kind}/${name}`
}
