import t from 'tap'
import type { GuardConfig } from '../../src/config/config.ts'
import { type Claim, cureOf } from '../../src/guard/exemptions.ts'
import { judgePod } from '../../src/guard/judge.ts'
import type { Pod } from '../../src/kubernetes/pod.ts'
import { modelOf } from './models.ts'

const spec = {
  serviceAccountName: 'agent',
  volumes: [
    { name: 'a', hostPath: { path: '/var/run' } },
    { name: 'b', csi: { driver: 'upstream.csi.spiffe.io', readOnly: true } }
  ]
}
const claim: Claim = { namespace: 'spire', spec, creator: 'alice' }
const whole = {
  namespace: 'spire',
  serviceAccount: 'agent',
  paths: ['/run'],
  csiDrivers: ['upstream.csi.spiffe.io']
}

const judged = (
  exemptions: GuardConfig['exemptions'],
  pod: Pod = { spec }
): ReturnType<typeof judgePod> =>
  judgePod(pod, { ...claim, spec: pod.spec }, modelOf({ exemptions }))

t.test('an exemption can name CSI drivers as well as paths', async (t) => {
  t.same(judged([whole]), [])
  t.match(judged([{ ...whole, csiDrivers: [] }]), [{}, { reason: 'CsiDriverDenied' }])
})

t.test('a refusal carries the exemption that would cover it', async (t) => {
  t.same(judged([])[0]?.cure, { exemption: whole })
  t.same(judged([])[1]?.cure, { exemption: whole })
  t.same(
    judged([], { spec: { ...spec, volumes: [...spec.volumes, { name: 'c', hostPath: {} }] } })[0]
      ?.cure,
    undefined,
    'a path that no entry could list'
  )
  const crowd = Array.from({ length: 40 }, (_, i) => ({
    name: `v${i}`,
    hostPath: { path: `/run/spire/agent-sockets/${i}` }
  }))
  t.same(judged([], { spec: { volumes: crowd } })[0]?.cure, undefined, 'nothing to paste')
  t.equal(
    cureOf({ ...claim, namespace: '' }, judged([]), modelOf())?.exemption.namespace,
    'default'
  )
})

const near: readonly (readonly [exemption: Partial<typeof whole> & object, almost: string])[] = [
  [{ serviceAccount: 'other' }, 'is for the service account other'],
  [{ paths: ['/data'] }, 'does not list /run'],
  [{ csiDrivers: [] }, 'does not list upstream.csi.spiffe.io'],
  [{ creators: ['bob'] } as object, 'does not name the creator alice']
]

t.test('an exemption that fails in one fact is named, one that fails in two is not', async (t) => {
  for (const [change, almost] of near) {
    const [first] = judged([
      { ...whole, namespace: 'x' },
      { ...whole, ...change }
    ])
    t.equal(first?.cure?.almost, `guard.exemptions[1] almost fits: it ${almost}`)
  }
  const [first] = judged([{ ...whole, serviceAccount: 'other', paths: ['/data'] }])
  t.equal(first?.cure?.almost, undefined)
})
