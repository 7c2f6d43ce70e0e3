import t from 'tap'
import { readEnvoySecrets } from '../../../src/verify/certificates/envoy-secrets.ts'
import { dump, make } from './authority.ts'

const one = await make({ name: 'one', isCa: true })
const two = await make({ name: 'two', isCa: true })
const count = (text: string): unknown => {
  const read = readEnvoySecrets(text)
  return read.kind === 'read' ? [read.secrets.chain.length, read.secrets.roots.length] : read.why
}

await t.test('an answer that is filtered to the active secrets', async (t) => {
  t.same(count(dump(one.cert + two.cert, two.cert)), [2, 1])
})

await t.test('a whole config_dump, as istioctl reads it', async (t) => {
  const { configs } = JSON.parse(dump(one.cert, two.cert))
  const bootstrap = { '@type': 'type.googleapis.com/envoy.admin.v3.BootstrapConfigDump' }
  const secrets = { dynamic_active_secrets: configs, dynamic_warming_secrets: [{ name: 'x' }] }
  t.same(count(JSON.stringify({ configs: [bootstrap, secrets] })), [1, 1])
})

await t.test('bundles of federated trust domains, as SPIRE sends them', async (t) => {
  const bytes = (pem: string): object => ({ inline_bytes: Buffer.from(pem).toString('base64') })
  const domains = [
    { name: 'east', trust_bundle: bytes(one.cert) },
    { name: 'west', trust_bundle: bytes(two.cert) }
  ]
  const { configs } = JSON.parse(dump(one.cert, ''))
  configs[1].secret.validation_context = {
    trusted_ca: {},
    custom_validator_config: { typed_config: { trust_domains: domains } }
  }
  t.same(count(JSON.stringify({ configs })), [1, 2])
  const read = readEnvoySecrets(JSON.stringify({ configs }))
  t.same(read.kind === 'read' && read.secrets.trustDomains, ['east', 'west'])
})

await t.test('an Envoy that was given nothing yet', async (t) => {
  t.same(count('{}'), [0, 0])
  t.same(count('{"configs":[{"name":"default","secret":{"name":"default"}}]}'), [0, 0])
})

await t.test("an answer behind lines of pilot-agent's own log", async (t) => {
  const line = '2026-11-24T16:28:07.606848Z\twarn\tOS CA Cert could not be found for agent\n'
  t.same(count(line + dump(one.cert, two.cert)), [1, 1])
  t.same(count(line + line + dump(one.cert, two.cert)), [1, 1])
})

await t.test('an answer that cannot be read', async (t) => {
  t.match(count('no JSON'), /Envoy's answer cannot be read/)
  t.match(count('[]'), /no JSON object/)
  const block = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'
  t.match(count(dump(block, '')), /cannot be read/)
})
