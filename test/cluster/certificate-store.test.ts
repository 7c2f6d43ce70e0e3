import t, { type Test } from 'tap'
import type { CertificateStore } from '../../src/certificates/store.ts'
import { certificateStore } from '../../src/cluster/certificate-store.ts'
import { type Reply, standIn } from './stand-in-api.ts'

const config = {
  secret: { namespace: 'a', name: 'b' },
  mutatingWebhookConfiguration: 'm',
  validatingWebhookConfiguration: ''
}

async function storeOver(t: Test, reply: Reply): Promise<CertificateStore> {
  const api = await standIn(t, { get: () => reply })
  return certificateStore(config, api.config, 300)
}

/** A Status, as an API server sends it. */
const status = (code: number, message: string, causes?: readonly object[]): Reply => ({
  status: code,
  body: { kind: 'Status', status: 'Failure', code, message, details: { causes } }
})

const immutable = 'Secret "b" is invalid: data: Forbidden: field is immutable'
const failedTest = 'the server rejected our request due to an error in our request'

t.test('whoever was slower hears false, and reads again', async (t) => {
  const answers = [status(409, 'conflict'), status(404, 'gone'), status(422, failedTest)]
  for (const answer of answers) {
    const store = await storeOver(t, answer)
    t.equal(await store.replaceSecret({}, '1'), false)
    const bundles = { configuration: 'mutatingwebhookconfigurations m', resourceVersion: '1' }
    t.equal(await store.writeBundles({ ...bundles, caBundles: [''] }, ['x']), false)
  }
  t.equal(await (await storeOver(t, status(409, 'exists'))).createSecret({}), false)
  t.equal(await (await storeOver(t, status(404, 'none'))).readSecret(), undefined)
  t.same(await (await storeOver(t, status(404, 'none'))).readBundles(), [])
})

const forbidden = 'secrets "b" is forbidden: User "u" cannot get resource "secrets"'

const faults: readonly (readonly [
  what: string,
  reply: Reply,
  ask: (store: CertificateStore) => Promise<unknown>,
  message: string
])[] = [
  [
    'a right is missing',
    status(403, forbidden),
    (store) => store.readSecret(),
    `cannot get Secret a/b (HTTP 403: ${forbidden})`
  ],
  [
    'an object that cannot be changed is no race',
    status(422, immutable, [{ reason: 'FieldValueForbidden', field: 'data' }]),
    (store) => store.replaceSecret({}, '1'),
    `cannot patch Secret a/b (HTTP 422: ${immutable})`
  ],
  [
    'no Status in answer',
    { status: 502 },
    (store) => store.readBundles(),
    'cannot get mutatingwebhookconfigurations m (HTTP 502)'
  ],
  [
    'silence',
    'silence',
    (store) => store.readSecret(),
    'cannot get Secret a/b (no answer within 0.3 s)'
  ]
]

t.test('any other answer is told with what was asked and why', async (t) => {
  for (const [what, reply, ask, message] of faults) {
    await t.rejects(ask(await storeOver(t, reply)), { message }, what)
  }
})

t.test('an API server that is not there is told by its reason', async (t) => {
  const api = await standIn(t, { get: () => 'silence' })
  const cluster = api.config.getCurrentCluster()
  if (cluster === null) throw new Error('no cluster')
  api.config.clusters = [{ ...cluster, server: 'http://127.0.0.1:65534' }]
  const store = certificateStore(config, api.config)
  await t.rejects(store.readSecret(), { message: /^cannot get Secret a\/b \(.*ECONNREFUSED/ })
})
