import t from 'tap'
import { certificates } from '../../../src/verify/certificates/envoy-secrets.ts'
import { statusOf } from '../../../src/verify/check.ts'
import {
  type Asked,
  checkEnvoyCertificates
} from '../../../src/verify/checks/envoy-certificates.ts'
import { checkRotation } from '../../../src/verify/checks/rotation.ts'
import { dump, make } from '../certificates/authority.ts'

const root = await make({ name: 'root', isCa: true })
const uri = 'spiffe://lab.test/ns/shop/sa/cart'
const leaf = await make({ name: 'x', uri, by: root })
const pod = {
  namespace: 'shop',
  name: 'cart-1',
  serviceAccount: 'cart',
  state: 'onSocket',
  trustDomain: 'lab.test',
  key: ''
} as const
const judge = (asked: Asked, rootsSeen = true): ReturnType<typeof checkEnvoyCertificates> =>
  checkEnvoyCertificates(
    [{ pod, asked, istiodRoots: rootsSeen ? certificates('') : undefined }],
    2,
    Date.now()
  )
const answered: Asked = { kind: 'answered', text: dump(leaf.cert, root.cert) }

await t.test('the certificate of each Envoy is shown', async (t) => {
  const { result, svids } = judge(answered)
  t.equal(statusOf(result), 'ok')
  t.equal(result.detail, '1 of 1 Envoys hold a certificate, 2 more identities not asked (--pods)')
  t.match(svids, [{ namespace: 'shop', pod: 'cart-1', spiffeId: uri }])
})

await t.test('what keeps an Envoy from being asked', async (t) => {
  const forbidden = judge({ kind: 'forbidden', why: 'exec is forbidden' })
  t.same(forbidden.result.findings, [])
  t.match(forbidden.result.notSeen, [{ resource: 'pods/exec', verb: 'create' }])
  const failed = judge({ kind: 'failed', why: 'no answer within 15 s' })
  t.match(failed.result.findings, [{ reason: 'EnvoyNotAsked', message: /no answer within 15 s/ }])
  const gone = judge({ kind: 'gone' })
  t.same([gone.result.findings, gone.result.notSeen], [[], []], 'a pod that has ended since')
  t.match(gone.result.detail, /^0 of 0 Envoys/)
  const strange = judge({ kind: 'answered', text: 'upstream connect error' })
  t.match(strange.result.findings, [{ reason: 'EnvoyNotAsked', message: /cannot be read/ }])
})

await t.test(
  'without the root of istiod the fallback cannot be told, and that is said',
  async (t) => {
    const { result } = judge(answered, false)
    t.match(result.notSeen, [{ resource: 'configmaps', why: /could not be read in shop/ }])
  }
)

await t.test('an Envoy without a certificate is a finding, and none is shown', async (t) => {
  const { result, svids } = judge({ kind: 'answered', text: '{}' })
  t.match(result.findings, [{ reason: 'NoCertificate' }])
  t.same(svids, [])
})

await t.test('rotation is a serial number that changes', async (t) => {
  const [first] = judge(answered).svids
  if (first === undefined) throw new Error('no certificate')
  const later = { ...first, serialNumber: 'ff' }
  const watched = { first, rotated: undefined, gone: false }
  t.match(checkRotation([{ ...watched, rotated: later }], 1, 60), {
    detail: '1 of 1 certificates rotated within 60 s',
    findings: [],
    notSeen: []
  })
  t.match(checkRotation([watched], 1, 60).findings, [
    { reason: 'NotRotated', message: /still has the serial number [0-9a-f]+ after 60 s/ }
  ])
  t.match(checkRotation([{ ...watched, gone: true }], 1, 60), {
    detail: '0 of 0 certificates rotated within 60 s',
    findings: [],
    notSeen: []
  })
  t.match(checkRotation([], 2, 60).notSeen, [
    { resource: 'pods/exec', why: '2 of 2 Envoys showed no certificate to watch' }
  ])
})
