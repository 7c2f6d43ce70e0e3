import { isObject } from '../kubernetes/json.ts'
import { valueAt } from '../kubernetes/pod-template.ts'
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
  const metadata = valueAt(request?.object, ['metadata'])
  const text = (key: string): string => {
    const value = isObject(metadata) ? metadata[key] : undefined
    return typeof value === 'string' ? value : ''
  }
  return {
    uid,
    namespace: request?.namespace ?? '',
    name: request?.name || text('name') || text('generateName'),
    owner: ownerOf(metadata),
    kind: request?.kind ?? '',
    operation: request?.operation ?? '',
    dryRun: request?.dryRun ?? false,
    ...decided
  }
}

function ownerOf(metadata: unknown): string {
  const owners = isObject(metadata) ? metadata.ownerReferences : undefined
  if (!Array.isArray(owners)) return ''
  const owner: unknown = owners.find((o) => isObject(o) && o.controller === true) ?? owners[0]
  if (!isObject(owner)) return ''
  return typeof owner.kind === 'string' && typeof owner.name === 'string'
    ? `${owner.kind}/${owner.name}`
    : ''
}
