import t from 'tap'
import { type AdmissionReview, reviewText, reviewVersion } from '../../src/admission/review.ts'

const answers: readonly AdmissionReview['response'][] = [
  { uid: 'u', allowed: true },
  { uid: 'a"b\\', allowed: true, patch: 'W10=', patchType: 'JSONPatch' },
  {
    uid: 'u',
    allowed: true,
    patch: 'W10=',
    patchType: 'JSONPatch',
    warnings: ['é "quoted"'],
    auditAnnotations: { decision: 'injected', reason: 'Injected' }
  },
  { uid: 'u', allowed: false, status: { code: 403, reason: 'Forbidden', message: '}}"' } }
]

t.test('the text of an answer is its JSON', async (t) => {
  for (const response of answers) {
    const review = { ...reviewVersion, response }
    t.strictSame(JSON.parse(reviewText(review)), review)
  }
})
