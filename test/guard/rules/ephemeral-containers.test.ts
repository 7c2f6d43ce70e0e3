import t from 'tap'
import { createAdmission } from '../../../src/admission/admission.ts'
import type { GuardConfig } from '../../../src/config/config.ts'
import { answered } from '../../admission/answered.ts'
import { defaultConfig } from '../../config/default-config.ts'
import { type KubernetesObject, pod, review, volume } from '../decision-table-objects.ts'

const judge = (before: KubernetesObject, added: unknown, guard: Partial<GuardConfig> = {}) => {
  const config = { ...defaultConfig, guard: { ...defaultConfig.guard, ...guard } }
  const after = { ...before, spec: { ...(before.spec as object), ephemeralContainers: added } }
  const asked = review(after, { oldObject: before, subResource: 'ephemeralcontainers' })
  const { record, review: answer } = answered(createAdmission(config).guard('enforce', asked))
  return { ...record, message: answer.response.status?.message ?? '' }
}

const debug = { name: 'debug', image: 'busybox:1' }
const privileged = { ...debug, securityContext: { privileged: true } }
const deny = { nodePrivileges: 'deny' } as const

t.test('a new container answers for the privileges that it asks for', async (t) => {
  t.match(judge(pod(), [privileged], deny), {
    decision: 'refused',
    reason: 'NodePrivilege',
    message: /^NodePrivilege: container "debug" is privileged/
  })
  t.match(judge(pod(), [privileged]), { decision: 'warned', reason: 'NodePrivilege' })
  const old = pod({ hostPID: true, ephemeralContainers: [privileged] })
  const added = [privileged, { ...debug, name: 'debug-2' }]
  t.match(judge(old, added, deny), { decision: 'warned' }, 'what stood there before is a warning')
})

t.test('the first container that reaches a volume is named', async (t) => {
  const app = { name: 'app', image: 'app:1', volumeMounts: [{ name: 'v', mountPath: '/host' }] }
  const before = pod({ volumes: [volume('/run')], containers: [app] })
  const added = [debug, { ...debug, name: 'second', targetContainerName: 'app' }]
  t.match(judge(before, added).message, /ephemeral container "second": hostPath volume "v"/)
  const shared = pod({ ...(before.spec as object), shareProcessNamespace: true })
  t.match(judge(shared, added).message, /ephemeral container "debug": hostPath volume "v"/)
  const odd = [{ ...debug, targetContainerName: 'constructor' }]
  t.match(judge(before, odd), { decision: 'warned' })
})

const many = <T>(make: (i: number) => T, length = 3000): readonly T[] =>
  Array.from({ length }, (_, i) => make(i))

t.test('the time grows with the containers and volumes, not with their product', async (t) => {
  const volumeMounts = many((i) => ({ name: `w${i}`, mountPath: `/m${i}` }))
  for (const shareProcessNamespace of [false, true]) {
    const before = pod({
      shareProcessNamespace,
      volumes: many((i) => ({ ...volume('/run'), name: `v${i}` }), 500),
      initContainers: many((i) => ({ name: `c${i}`, image: 'x' })),
      containers: [{ name: 'app', image: 'app:1', volumeMounts }]
    })
    const began = process.cpuUsage()
    const added = many((i) => ({ ...debug, name: `e${i}`, targetContainerName: 'app' }))
    t.match(judge(before, added), { decision: 'warned' })
    t.ok(process.cpuUsage(began).user < 2_000_000, 'CPU time, so that a busy machine says nothing')
  }
})
