import { listAt, nameOf, textAt } from '../kubernetes/fields.ts'
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
  const object = request?.object
  return {
    uid,
    namespace: request?.namespace ?? '',
    name: request?.name || nameOf(object) || textAt(object, 'metadata', 'generateName'),
    owner: ownerOf(object),
    kind: request?.kind ?? '',
    operation: request?.operation ?? '',
    dryRun: request?.dryRun ?? false,
    ...decided
  }
}

function ownerOf(object: unknown): string {
  const owners = listAt(object, 'metadata', 'ownerReferences')
  const owner = owners.find(({ controller }) => controller === true) ?? owners[0]
  const [kind, name] = [textAt(owner, 'kind'), textAt(owner, 'name')]
  return kind === '' || name === '' ? '' : `${kind}/${name}`
}
