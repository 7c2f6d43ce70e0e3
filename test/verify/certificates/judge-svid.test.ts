import t from 'tap'
import type { KeyPair } from '../../../src/certificates/key-pair.ts'
import { certificates, readEnvoySecrets } from '../../../src/verify/certificates/envoy-secrets.ts'
import { judgeSvid } from '../../../src/verify/certificates/judge-svid.ts'
import { svidOf } from '../../../src/verify/certificates/svid.ts'
import type { Finding } from '../../../src/verify/finding.ts'
import type { ProxyPod } from '../../../src/verify/pods/proxy-pod.ts'
import { dump, make } from './authority.ts'

const pod: ProxyPod = {
  namespace: 'sock-shop',
  name: 'cart-1',
  serviceAccount: 'cart',
  state: 'onSocket',
  trustDomain: 'lab.test',
  key: ''
}
const uri = 'spiffe://lab.test/ns/sock-shop/sa/cart'
const spire = await make({ name: 'spire', isCa: true })
const istiod = await make({ name: 'istiod', isCa: true })
const minute = 60_000

const judge = (
  chain: string,
  roots: string,
  { istiodRoots = istiod.cert, now = Date.now(), of = pod, aliases = [] as string[] } = {}
): readonly Finding[] => {
  const read = readEnvoySecrets(dump(chain, roots))
  if (read.kind === 'unreadable') throw new Error(read.why)
  const facts = { pod: of, secrets: read.secrets, istiodRoots: certificates(istiodRoots), now }
  return judgeSvid({ ...facts, aliases })
}
const reasons = (...args: Parameters<typeof judge>): readonly string[] =>
  judge(...args).map(({ reason }) => reason)

await t.test(
  "a certificate of the Workload API, with the pod's own identity, passes",
  async (t) => {
    const { cert } = await make({ name: 'x', uri, by: spire })
    t.same(reasons(cert, spire.cert), [])
    const read = readEnvoySecrets(dump(cert, spire.cert))
    t.match(read.kind === 'read' && svidOf(pod, read.secrets), {
      pod: 'cart-1',
      spiffeId: uri,
      serialNumber: /^[0-9a-f]+$/,
      issuer: 'CN=spire',
      notAfter: /Z$/
    })
  }
)

await t.test('trust domains beside its own are told', async (t) => {
  const { cert } = await make({ name: 'x', uri, by: spire })
  const read = readEnvoySecrets(dump(cert, spire.cert))
  if (read.kind !== 'read') throw new Error(read.why)
  const own = new URL(uri).host
  const secrets = { ...read.secrets, trustDomains: [own, `${own}.example`] }
  t.same(svidOf(pod, read.secrets)?.federated, [])
  t.same(svidOf(pod, secrets)?.federated, [`${own}.example`])
})

await t.test('while a mesh is moved, an alias of the trust domain is right', async (t) => {
  const other = 'spiffe://new.test/ns/sock-shop/sa/cart'
  const { cert } = await make({ name: 'x', uri: other, by: spire })
  t.same(reasons(cert, spire.cert), ['WrongSpiffeId'])
  t.same(reasons(cert, spire.cert, { aliases: ['old.test', 'new.test'] }), [])
})

await t.test('a certificate by way of an intermediate passes too', async (t) => {
  const middle = await make({ name: 'middle', isCa: true, by: spire })
  const { cert } = await make({ name: 'x', uri, by: middle })
  t.same(reasons(cert + middle.cert, spire.cert), [])
  t.same(reasons(cert, spire.cert), ['NotTrusted'], 'not where the intermediate is missing')
})

await t.test('no certificate at all', async (t) => {
  t.match(judge('', spire.cert), [{ reason: 'NoCertificate', command: /^kubectl logs cart-1/ }])
})

await t.test('a silent fallback to the CA of istiod', async (t) => {
  const { cert } = await make({ name: 'x', uri, by: istiod })
  t.match(judge(cert, istiod.cert), [
    {
      reason: 'IssuedByIstiod',
      object: { kind: 'Pod', namespace: 'sock-shop', name: 'cart-1' },
      message: /certificate of istiod's CA \(CN=istiod\)/,
      command: /^kubectl exec cart-1 .*pilot-agent request GET certs$/
    }
  ])
})

await t.test('one root for both cannot be told apart', async (t) => {
  const middle = await make({ name: 'upstream', isCa: true, by: istiod })
  const { cert } = await make({ name: 'x', uri, by: middle })
  t.same(reasons(cert + middle.cert, istiod.cert), ['SharedRoot'])
  const missed = { ...pod, state: 'missed' as const }
  t.same(
    reasons(cert + middle.cert, istiod.cert, { of: missed }),
    ['IssuedByIstiod'],
    'but a pod off the socket has it from an intermediate of istiod'
  )
})

await t.test('several roots of istiod: one of them may be that of the Workload API', async (t) => {
  const { cert } = await make({ name: 'x', uri, by: spire })
  const istiodRoots = istiod.cert + spire.cert
  t.same(reasons(cert, spire.cert, { istiodRoots }), ['SharedRoot'])
  const of = { ...pod, state: 'missed' as const }
  t.same(reasons(cert, spire.cert, { istiodRoots, of }), ['IssuedByIstiod'])
})

await t.test('certificates with several names', async (t) => {
  const made = (...names: readonly string[]): Promise<KeyPair> =>
    make({ name: 'x', uri, names, by: spire })
  t.same(reasons((await made('cart', 'cart.sock-shop.svc')).cert, spire.cert), [])
  const { cert } = await make({ name: 'x', uri: [uri, `${uri}2`], by: spire })
  t.match(judge(cert, spire.cert), [
    { reason: 'WrongSpiffeId', message: `has the SPIFFE ID ${uri} ${uri}2, and` }
  ])
  const odd = await make({ name: 'x', names: [`x, URI:${uri}`], uri: `${uri}-other`, by: spire })
  t.match(
    judge(odd.cert, spire.cert),
    [{ reason: 'WrongSpiffeId', message: `has the SPIFFE ID ${uri}-other, and` }],
    'a DNS name that looks like a URI'
  )
})

await t.test('a bundle that does not sign the certificate', async (t) => {
  const { cert } = await make({ name: 'x', uri, by: spire })
  const namesake = await make({ name: 'spire', isCa: true })
  t.same(reasons(cert, ''), ['NotTrusted'])
  t.same(reasons(cert, namesake.cert), ['NotTrusted'], 'the same name with another key')
  const rsa = await make({ name: 'spire', isCa: true, keyType: 'rsa' })
  t.same(reasons(cert, rsa.cert), ['NotTrusted'], 'the same name with a key of another kind')
})

await t.test('a SPIFFE ID of the wrong shape', async (t) => {
  const wrong = [
    'spiffe://lab.test/k8s/sock-shop/cart',
    'spiffe://lab.test/ns/sock-shop/sa/cart/',
    'spiffe://lab.test/ns/sock-shop/sa/default',
    'spiffe://lab.test/ns/other/sa/cart',
    'spiffe://other.test/ns/sock-shop/sa/cart'
  ]
  for (const id of wrong) {
    const { cert } = await make({ name: 'x', uri: id, by: spire })
    const { message } = judge(cert, spire.cert)[0] ?? {}
    t.match(message, new RegExp(`has the SPIFFE ID ${id}, and Istio's peers expect ${uri}:`), id)
  }
  const { cert } = await make({ name: 'x', by: spire })
  t.match(judge(cert, spire.cert), [{ reason: 'WrongSpiffeId', message: /SPIFFE ID none/ }])
  const of = { ...pod, trustDomain: undefined }
  t.match(judge(cert, spire.cert, { of }), [{ message: /spiffe:\/\/TRUST_DOMAIN\/ns/ }])
  const other = await make({ name: 'x', uri: 'spiffe://o.test/ns/sock-shop/sa/cart', by: spire })
  t.same(reasons(other.cert, spire.cert, { of }), [], 'any trust domain where none is known')
})

await t.test('a certificate of the future', async (t) => {
  const from = Date.now() + 10 * 24 * 60 * minute
  const { cert } = await make({ name: 'x', uri, by: spire, from, to: from + 20 * minute })
  t.match(judge(cert, spire.cert), [
    { reason: 'CertificateNotYetValid', message: /is not valid before \d{4}-/ }
  ])
  const at = (seconds: number): readonly string[] =>
    reasons(cert, spire.cert, { now: from - seconds * 1000 })
  t.same(at(32), ['CertificateNotYetValid'])
  t.same(at(25), [], 'clocks differ')
})

await t.test('a certificate that is late or over', async (t) => {
  const from = Date.now() - 10 * minute
  const { cert } = await make({ name: 'x', uri, by: spire, from, to: from + 20 * minute })
  const at = (minutes: number): readonly string[] =>
    reasons(cert, spire.cert, { now: from + minutes * minute })
  t.same(at(14), [])
  t.same(at(16), ['RotationLate'])
  t.same(at(20), ['CertificateExpired'])
  t.same(at(600), ['CertificateExpired'])
})
