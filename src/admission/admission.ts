import type { Config, InjectConfig } from '../config/config.ts'
import { guard } from '../guard/guard.ts'
import { type GuardModel, guardModel } from '../guard/guard-model.ts'
import { type InjectDecision, inject } from '../inject/inject.ts'
import type { SkipReason } from '../inject/reasons.ts'
import { decodePod } from '../kubernetes/pod.ts'
import { type AdmissionRequest, type DecodedReview, decodeReview } from './decode-review.ts'
import { record } from './record.ts'
import {
  type Admission,
  type AdmissionResponse,
  type DecisionRecord,
  encodePatch,
  type GuardMode,
  type Outcome,
  reviewVersion
} from './review.ts'
import { denialMessage, warningTexts } from './texts.ts'

/** Builds the engine of a configuration: the guard's model is made once, every review is judged alone. */
export function createAdmission(config: Pick<Config, 'inject' | 'guard'>): Admission {
  const model = guardModel(config)
  return {
    inject: (body) => answer(body, (request) => answerInject(request, config.inject)),
    guard: (mode, body) => answer(body, (request) => answerGuard(request, mode, model))
  }
}

/** What a decision adds to a response and to the record. */
interface Answer {
  readonly response: Omit<AdmissionResponse, 'uid'>
  readonly decision: DecisionRecord['decision']
  readonly reason: string
  readonly operations: number
}

function answer(body: unknown, decide: (request: AdmissionRequest) => Answer): Outcome {
  const decoded = decodeReview(body)
  switch (decoded.kind) {
    case 'unanswerable':
      return decoded
    case 'malformed':
      return answered(decoded, refuse('Malformed', decoded.message, 400))
    case 'decoded':
      return answered(decoded, decide(decoded.request))
  }
}

/** The one place where a UID goes from request to response. */
function answered(
  decoded: Exclude<DecodedReview, { kind: 'unanswerable' }>,
  { response, decision, reason, operations }: Answer
): Outcome {
  const request = decoded.kind === 'decoded' ? decoded.request : undefined
  const uid = request?.uid ?? (decoded.kind === 'malformed' ? decoded.uid : '')
  return {
    kind: 'answered',
    review: { ...reviewVersion, response: { uid, ...response } },
    record: record(uid, request, { decision, reason, operations })
  }
}

function answerInject(request: AdmissionRequest, config: InjectConfig): Answer {
  if (request.group !== '' || request.kind !== 'Pod' || request.subResource !== '') {
    return {
      response: { allowed: true },
      decision: 'skipped',
      reason: 'NoIstioProxy' satisfies SkipReason,
      operations: 0
    }
  }
  const decoded = decodePod(request.object)
  if (decoded.kind === 'malformed') return refuse('Malformed', decoded.fault, 400)
  const decision = inject(decoded.value, config)
  return decision.kind === 'refused'
    ? refuse(decision.reason, `${decision.reason}: ${decision.message}`, 403)
    : change(decision)
}

function change(decision: Exclude<InjectDecision, { kind: 'refused' }>): Answer {
  const { kind, reason, operations, warnings } = decision
  return {
    response: {
      allowed: true,
      ...(operations.length > 0
        ? { patch: encodePatch(operations), patchType: 'JSONPatch' as const }
        : {}),
      ...(warnings.length > 0 ? { warnings: warnings.map(({ message }) => message) } : {}),
      auditAnnotations: { decision: kind, reason }
    },
    decision: kind,
    reason,
    operations: operations.length
  }
}

function answerGuard(request: AdmissionRequest, mode: GuardMode, model: GuardModel): Answer {
  const { verdict, findings } = guard(request, mode, model)
  const [first] = findings
  if (first === undefined) {
    return { response: { allowed: true }, decision: 'allowed', reason: '', operations: 0 }
  }
  const warnings = warningTexts(findings)
  const withWarnings = warnings.length > 0 ? { warnings } : {}
  if (verdict === 'deny') {
    const refused = refuse(first.reason, denialMessage(findings), 403)
    return { ...refused, response: { ...refused.response, ...withWarnings } }
  }
  return {
    response: {
      allowed: true,
      ...withWarnings,
      auditAnnotations: { decision: 'warned', reason: first.reason }
    },
    decision: 'warned',
    reason: first.reason,
    operations: 0
  }
}

function refuse(reason: string, message: string, code: 400 | 403): Answer {
  return {
    response: {
      allowed: false,
      status: { code, reason: code === 403 ? 'Forbidden' : 'BadRequest', message },
      auditAnnotations: { decision: 'refused', reason }
    },
    decision: 'refused',
    reason,
    operations: 0
  }
}
