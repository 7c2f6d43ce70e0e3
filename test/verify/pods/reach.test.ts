import t from 'tap'
import { guardModel } from '../../../src/guard/guard-model.ts'
import { checkPersistentVolumes } from '../../../src/verify/checks/persistent-volumes.ts'
import { badVolume, reachesOf } from '../../../src/verify/pods/reach.ts'
import { defaultConfig } from '../../config/default-config.ts'

const model = guardModel(defaultConfig)
const volume = (path: string, claim?: object): ReturnType<typeof badVolume> =>
  badVolume({ metadata: { name: 'pv' }, spec: { hostPath: { path }, claimRef: claim } }, model)
const bound = volume('/run', { namespace: 'app', name: 'data' })
const byClaim = new Map(bound === undefined ? [] : [[bound.claim, bound]])

const reaches = (source: object, spec: object = {}, metadata: object = {}): readonly unknown[] =>
  reachesOf(
    {
      metadata: { name: 'p', namespace: 'app', ...metadata },
      spec: { containers: [], volumes: [{ name: 'v', ...source }], ...spec }
    },
    byClaim,
    model
  ).map(({ kind }) => kind)

await t.test('a running pod that has the socket', async (t) => {
  t.same(reaches({ hostPath: { path: '/run/spire/agent-sockets' } }), ['socket'])
  t.same(reaches({ hostPath: { path: '/' } }), ['socket'], 'an ancestor')
  t.same(reaches({ csi: { driver: 'upstream.csi.spiffe.io' } }), ['socket'])
  t.same(reaches({ persistentVolumeClaim: { claimName: 'data' } }), ['socket'])
  const generic = { ephemeral: { volumeClaimTemplate: { spec: {} } } }
  t.same(reaches({ name: 'data', ...generic }, {}, { name: 'p' }), [])
  const ephemeral = new Map([['app/p-v', bound]]) as typeof byClaim
  t.equal(
    reachesOf(
      { metadata: { name: 'p', namespace: 'app' }, spec: { volumes: [{ name: 'v', ...generic }] } },
      ephemeral,
      model
    ).length,
    1
  )
})

await t.test('a running pod that has a route to it', async (t) => {
  t.same(reaches({ hostPath: { path: '/proc' } }), ['route'])
  t.same(reaches({ hostPath: { path: '/var/lib/kubelet/pods' } }), ['route'])
  t.same(reaches({ hostPath: { path: 'relative' } }), ['route'])
})

await t.test('a running pod that has neither', async (t) => {
  t.same(reaches({ emptyDir: {} }), [])
  t.same(reaches({ hostPath: { path: '/var/log' } }), [])
  t.same(reaches({ persistentVolumeClaim: { claimName: 'other' } }), [])
  t.same(reaches({ emptyDir: {} }, { hostPID: true }), [], 'a privilege is no path')
  const tbot = { serviceAccountName: 'tbot', hostPID: true }
  const agent = { hostPath: { path: '/run/spire/agent-sockets' } }
  t.same(reaches(agent, tbot, { namespace: 'spire-system' }), [], 'the exempt agent')
})

await t.test('volumes that lead to the socket', async (t) => {
  t.match(bound, { name: 'pv', claim: 'app/data', finding: { reason: 'HostPathReachesSocket' } })
  t.equal(volume('/srv'), undefined)
  t.match(volume('/run/spire'), { claim: '' })
  const claimRef = { namespace: 'app', name: 'data' }
  const spec = { hostPath: { path: '/run' }, claimRef }
  t.match(
    badVolume({ metadata: { name: 'pv' }, spec, status: { phase: 'Released' } }, model),
    { claim: '' },
    'a claim that is gone'
  )
  const bad = [volume('/run'), bound].filter((found) => found !== undefined)
  const { detail, findings } = checkPersistentVolumes(3, bad)
  t.equal(detail, '2 of 3 PersistentVolumes lead to the socket')
  t.match(findings, [{ message: /no claim has it/ }, { message: /claim app\/data has it/ }])
})
