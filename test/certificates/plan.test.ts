import t from 'tap'
import { type Certificate, readCertificates } from '../../src/certificates/certificate.ts'
import { type Facts, mayServe, nextStep, wantedBundle } from '../../src/certificates/plan.ts'
import { makeCa, makeLeaf } from '../../src/certificates/self-signed.ts'
import { type CertificateState, readState, writeState } from '../../src/certificates/state.ts'

const now = Date.now()
const names = ['webhook.test']

async function stateOf(age: number, caAge = age): Promise<CertificateState> {
  const ca = await makeCa({ now: now - caAge * 1000, lifetime: 1000 })
  const leaf = await makeLeaf(ca, names, { now: now - age * 1000, lifetime: 300 })
  return readState({
    'ca.crt': ca.cert,
    'ca.key': ca.key,
    'tls.crt': leaf.cert,
    'tls.key': leaf.key
  })
}

const fresh = await stateOf(0)
const other = await stateOf(0)
const last = ({ cas }: CertificateState): Certificate => {
  const ca = cas.at(-1)
  if (ca === undefined) throw new Error('no CA')
  return ca
}
/** Another CA has taken over; the leaf is still by the first. */
const withNextCa: CertificateState = {
  ...fresh,
  cas: [...fresh.cas, ...other.cas],
  caKey: other.caKey
}
const facts = (over: Partial<Facts>): Facts => ({
  state: fresh,
  bundles: [[...fresh.cas], [...fresh.cas]],
  now,
  publishedSince: now - 60_000,
  settle: 5000,
  dnsNames: names,
  ...over
})

const cases: readonly (readonly [string, Partial<Facts>, ReturnType<typeof nextStep>])[] = [
  ['nothing yet', { state: readState({}) }, 'makeCa'],
  ['all is fresh', {}, 'none'],
  ['the CA key is lost', { state: { ...fresh, caKey: '' } }, 'makeCa'],
  ['the leaf is lost', { state: { ...fresh, leaf: undefined } }, 'signLeaf'],
  ['the leaf is past two thirds of its life', { now: now + 210_000 }, 'signLeaf'],
  ['the leaf is not yet there', { now: now + 150_000 }, 'none'],
  [
    'the leaf has expired: nothing is lost by haste',
    { now: now + 301_000, publishedSince: undefined },
    'signLeaf'
  ],
  ['the leaf was signed by a clock that is ahead', { now: now - 31_000 }, 'signLeaf'],
  ['the CA is past two thirds of its life', { now: now + 670_000 }, 'makeCa'],
  ['a new CA is published for long enough', { state: withNextCa }, 'signLeaf'],
  ['a new CA is published too short', { state: withNextCa, publishedSince: now - 4999 }, 'none'],
  ['a new CA is not published', { state: withNextCa, publishedSince: undefined }, 'none'],
  [
    'a leaf is due, the CA not published',
    { now: now + 210_000, publishedSince: undefined },
    'none'
  ],
  ['the leaf lacks a name', { dnsNames: ['webhook.test', 'other.test'] }, 'signLeaf'],
  ['the leaf lacks an address', { dnsNames: ['10.0.0.1'] }, 'signLeaf']
]

t.test('the next step', async (t) => {
  for (const [what, over, step] of cases) t.equal(nextStep(facts(over)), step, what)
})

t.test('a leaf may be served when it is valid and every caBundle holds its CA', async (t) => {
  const leaf = fresh.leaf?.certificate
  t.equal(mayServe(leaf, [fresh.cas, [...other.cas, ...fresh.cas]], now), true)
  t.equal(mayServe(leaf, [fresh.cas, other.cas], now), false)
  t.equal(mayServe(leaf, [fresh.cas, []], now), false)
  t.equal(mayServe(leaf, [], now), true, 'no configuration, nobody to disappoint')
  t.equal(mayServe(undefined, [fresh.cas], now), false)
  t.equal(mayServe(leaf, [fresh.cas], now + 301_000), false, 'expired')
  t.equal(mayServe(leaf, [fresh.cas], now - 31_000), false, 'not yet valid')
})

t.test('a caBundle keeps our CAs until they expire, and nobody else', async (t) => {
  const pems = (list: readonly Certificate[]): readonly string[] => list.map(({ pem }) => pem)
  t.same(pems(wantedBundle(other.cas, fresh, now)), pems([...other.cas, ...fresh.cas]))
  t.same(pems(wantedBundle(fresh.cas, fresh, now)), pems(fresh.cas), 'once each')
  t.same(wantedBundle(other.cas, fresh, now + 1_001_000), [])
  const foreign = other.leaf === undefined ? [] : [other.leaf.certificate]
  t.same(pems(wantedBundle(foreign, fresh, now)), pems(fresh.cas))
})

t.test('a Secret comes back as it was written', async (t) => {
  const again = readState(writeState(withNextCa))
  t.same(
    again.cas.map(({ pem }) => pem),
    withNextCa.cas.map(({ pem }) => pem)
  )
  t.equal(again.caKey, other.caKey)
  t.equal(again.leaf?.pair.cert, fresh.leaf?.pair.cert)
})

t.test('what is corrupted counts as absent', async (t) => {
  const data = writeState(fresh)
  t.equal(readState({ ...data, 'ca.key': data['tls.key'] ?? '' }).caKey, '', 'the key of another')
  t.equal(readState({ ...data, 'ca.key': 'x' }).caKey, '')
  t.equal(readState({ ...data, 'tls.key': data['ca.key'] ?? '' }).leaf, undefined)
  t.equal(readState({ ...data, 'ca.crt': last(other).pem }).leaf, undefined, 'signed by nobody')
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  t.same(readCertificates(broken), [])
})
