import t from 'tap'
import { createAdmission } from '../../src/admission/admission.ts'
import type { GuardConfig } from '../../src/config/config.ts'
import { answered } from '../admission/answered.ts'
import { defaultConfig } from '../config/default-config.ts'
import {
  type KubernetesObject,
  pod,
  type ReviewOptions,
  review,
  volume
} from './decision-table-objects.ts'

const judge = (
  object: KubernetesObject,
  options: ReviewOptions = {},
  guard: Partial<GuardConfig> = {}
) => {
  const config = { ...defaultConfig, guard: { ...defaultConfig.guard, ...guard } }
  const { record, review: answer } = answered(
    createAdmission(config).guard('enforce', review(object, options))
  )
  return { ...record, message: answer.response.status?.message ?? '' }
}

const limit = 512
const many = (count: number, path: string): readonly object[] =>
  Array.from({ length: count }, () => volume(path))
const runtimeSocket = '/run/docker.sock'

const tooMany = {
  decision: 'refused',
  reason: 'TooManyFindings',
  message: 'TooManyFindings: spec has more than 512 findings: split the workload'
}

t.test('as many findings as are kept are judged one by one', async (t) => {
  t.match(judge(pod({ volumes: many(limit, runtimeSocket) })), { decision: 'warned' })
  t.match(judge(pod({ volumes: [...many(limit - 1, runtimeSocket), volume('/run')] })), {
    decision: 'refused',
    reason: 'HostPathReachesSocket'
  })
})

t.test('beyond that the object is refused whole: nothing hides behind the limit', async (t) => {
  const crowd = pod({ volumes: many(limit + 1, runtimeSocket) })
  t.match(judge(crowd), tooMany)
  t.match(judge(crowd, { operation: 'UPDATE', oldObject: crowd }), tooMany, 'an old crowd too')
  const debug = [{ name: 'debug', image: 'busybox:1' }]
  const update = { oldObject: crowd, subResource: 'ephemeralcontainers' }
  const joined = { ...crowd, spec: { ...(crowd.spec as object), ephemeralContainers: debug } }
  t.match(judge(joined, update), tooMany, 'and an ephemeral container that joins one')
})

t.test('an exemption covers no crowd', async (t) => {
  const exemptions = [{ namespace: 'app', serviceAccount: 'default', paths: ['/run'] }]
  const few = pod({ volumes: many(2, '/run') })
  t.match(judge(few, {}, { exemptions }), { decision: 'allowed' })
  t.match(judge(pod({ volumes: many(limit + 1, '/run') }), {}, { exemptions }), tooMany)
})
