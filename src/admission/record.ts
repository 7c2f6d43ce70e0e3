import { asObject, asText } from '../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../kubernetes/json.ts'
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
    owner: ownerOf(metadata.ownerReferences),
    kind: request?.kind ?? '',
    operation: request?.operation ?? '',
    dryRun: request?.dryRun ?? false,
    ...decided
  }
}

function ownerOf(references: unknown): string {
  const owner = controllerOf(references)
  const kind = asText(owner?.kind)
  const name = asText(owner?.name)
  return kind === '' || name === '' ? '' : `${kind}/${name}`
}

/** The owner that controls the object, or else the first one. */
function controllerOf(references: unknown): JsonObject | undefined {
  if (!Array.isArray(references)) return undefined
  let first: JsonObject | undefined
  for (const owner of references) {
    if (!isObject(owner)) continue
    if (owner.controller === true) return owner
    first ??= owner
  }
  return first
}
