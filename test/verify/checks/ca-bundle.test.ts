import t from 'tap'
import {
  type BundleFacts,
  checkCaBundles,
  type Serving
} from '../../../src/verify/checks/ca-bundle.ts'
import { make } from '../certificates/authority.ts'

const now = Date.now()
const ca = await make({ name: 'ca', isCa: true })
const other = await make({ name: 'other', isCa: true })
const host = 'spiffe-webhook.spiffe-webhook.svc'
const leaf = await make({ name: 'leaf', names: [host], by: ca })
const over = await make({
  name: 'leaf',
  names: [host],
  by: ca,
  from: now - 7200_000,
  to: now - 3600_000
})
const served = (pem: string): Serving => ({ kind: 'seen', pem, from: 'what it shows' })
const service = { name: 'spiffe-webhook', namespace: 'spiffe-webhook' }
const fact = (bundle: string, serving: Serving, at: object = { service }): BundleFacts => ({
  side: 'MutatingWebhookConfiguration',
  entry: {
    configuration: 'spiffe-webhook',
    name: 'inject.spiffe-webhook.internal',
    path: '/inject',
    webhook: {
      clientConfig: { caBundle: Buffer.from(bundle).toString('base64'), ...at }
    }
  },
  serving
})
const found = (...facts: readonly BundleFacts[]): readonly string[] =>
  checkCaBundles(facts, now).findings.map(({ reason, message }) => `${reason}: ${message}`)

await t.test('a caBundle that signs what is served passes', async (t) => {
  t.same(found(fact(ca.cert, served(leaf.cert))), [])
  t.same(found(fact(other.cert + ca.cert, served(leaf.cert))), [], 'with an older CA beside it')
  t.same(found(fact(leaf.cert, served(leaf.cert))), [], 'with the certificate itself')
  const { detail } = checkCaBundles([fact(ca.cert, served(leaf.cert))], now)
  t.equal(detail, '1 of 1 caBundles match what it shows')
})

await t.test('a caBundle that does not', async (t) => {
  t.match(found(fact(other.cert, served(leaf.cert))), [/^CaBundleWrong: .*does not sign/])
  t.match(found(fact('', served(leaf.cert))), [/^CaBundleMissing/])
  t.match(found(fact('no PEM', served(leaf.cert))), [/^CaBundleMissing/])
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'
  t.match(found(fact(broken, served(leaf.cert))), [/^CaBundleMissing/])
  t.match(found(fact(ca.cert, served(over.cert))), [/^CaBundleWrong: .*expired at/])
  t.match(found(fact(ca.cert, served(''))), [/^CaBundleWrong: .*no readable certificate/])
})

await t.test('a certificate of another name, or of a time to come', async (t) => {
  const named = await make({ name: host, names: ['localhost'], by: ca })
  t.match(found(fact(ca.cert, served(named.cert))), [
    `CaBundleWrong: inject.spiffe-webhook.internal is served with a certificate that does not name ${host}`
  ])
  const at = { url: 'https://127.0.0.1:8443/inject' }
  t.match(found(fact(ca.cert, served(leaf.cert), at)), [/does not name 127.0.0.1$/])
  const byAddress = await make({ name: 'x', ip: '127.0.0.1', by: ca })
  t.same(found(fact(ca.cert, served(byAddress.cert), at)), [])
  const from = now + 600_000
  const early = await make({ name: 'leaf', names: [host], by: ca, from, to: from + 600_000 })
  t.match(found(fact(ca.cert, served(early.cert))), [/^CaBundleWrong: .*begins at \S+Z$/])
})

await t.test('the command restarts the replicas, which write it anew', async (t) => {
  t.match(checkCaBundles([fact('', served(leaf.cert))], now).findings, [
    { command: /^kubectl rollout restart deployment .*--namespace spiffe-webhook$/ }
  ])
  const url = { url: 'https://127.0.0.1:8443/inject' }
  t.match(checkCaBundles([fact('', served(leaf.cert), url)], now).findings, [
    { command: 'kubectl get mutatingwebhookconfiguration spiffe-webhook -o yaml' }
  ])
})

await t.test('what serves was not seen', async (t) => {
  const notSeen = { resource: 'secrets', verb: 'get', why: 'forbidden' }
  const result = checkCaBundles(
    [fact(ca.cert, { kind: 'notSeen', notSeen }), fact(ca.cert, { kind: 'notSeen', notSeen })],
    now
  )
  t.same(result.findings, [])
  t.same(result.notSeen, [notSeen])
})
