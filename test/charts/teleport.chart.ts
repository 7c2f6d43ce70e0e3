import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { all, chartPath, helm, render, tbotValues } from './helm.ts'
import { dataOf } from './shapes.ts'

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, 'tbot-config.schema.json'), 'utf8')
)
const isTbotConfig = new Ajv({ allErrors: true, strictRequired: false }).compile(schema)

const defaults = await render('workload-api', tbotValues)

const tbotConfig = async (values: object): Promise<unknown> =>
  parse(dataOf(await render('workload-api', values), 'tbot', 'tbot.yaml'))

await t.test('tbot gets a configuration of documented fields, whatever the values', async (t) => {
  const { tbot } = tbotValues
  const cases = [
    tbotValues,
    { ...tbotValues, tbot: { ...tbot, kubelet: { skipVerify: true } } },
    {
      ...tbotValues,
      tbot: { ...tbot, kubelet: { caConfigMap: 'kubelet-ca', securePort: 10_260 } }
    },
    { ...tbotValues, tbot: { ...tbot, credentialTTL: '1h30m', renewalInterval: '45m' } },
    { ...tbotValues, tbot: { ...tbot, credentialTTL: '24h', renewalInterval: '11h59m' } }
  ]
  for (const values of cases) {
    t.ok(isTbotConfig(await tbotConfig(values)), JSON.stringify(isTbotConfig.errors))
  }
})

await t.test('the schema refuses what tbot would not know', async (t) => {
  const good = (await tbotConfig(tbotValues)) as Record<string, unknown>
  const [service] = good.services as Record<string, unknown>[]
  const { attestors, ...rest } = service ?? {}
  const bad: readonly object[] = [
    { ...good, version: 'v1' },
    { ...good, attestor: {} },
    { ...good, services: [{ ...rest, attestor: attestors }] },
    { ...good, services: [{ ...service, listen: 'tcp://0.0.0.0:1' }] },
    { ...good, services: [{ ...service, selector: {} }] },
    { ...good, onboarding: { join_method: 'token', token: 'x' } },
    { ...good, storage: { type: 'directory', path: '/var/lib/teleport/bot' } }
  ]
  for (const config of bad) t.notOk(isTbotConfig(config), JSON.stringify(config))
})

await t.test('Teleport is told of a role, a bot, a token and an identity that fit', async (t) => {
  const file = dataOf(defaults, 'workload-api-teleport', 'teleport.yaml')
  const resources = parseAllDocuments(file).map((document) => document.toJS())
  t.match(resources, [
    {
      kind: 'role',
      version: 'v7',
      spec: {
        allow: {
          workload_identity_labels: { 'spiffe-webhook/workload-api': ['istio-workloads'] },
          rules: [{ resources: ['workload_identity'], verbs: ['list', 'read'] }]
        }
      }
    },
    { kind: 'bot', version: 'v1', spec: { roles: ['istio-workloads'] } },
    {
      kind: 'token',
      version: 'v2',
      metadata: { name: 'istio-workloads' },
      spec: {
        roles: ['Bot'],
        bot_name: 'istio-workloads',
        join_method: 'kubernetes',
        kubernetes: {
          type: 'oidc',
          oidc: { issuer: 'https://issuer.example.com' },
          allow: [{ service_account: 'spire-system:tbot' }]
        }
      }
    },
    {
      kind: 'workload_identity',
      version: 'v1',
      metadata: {
        name: 'istio-workloads',
        labels: { 'spiffe-webhook/workload-api': 'istio-workloads' }
      },
      spec: {
        spiffe: {
          id: '/ns/{{ workload.kubernetes.namespace }}/sa/{{ workload.kubernetes.service_account }}'
        },
        rules: {
          allow: [
            { conditions: [{ attribute: 'workload.kubernetes.attested', eq: { value: 'true' } }] }
          ]
        }
      }
    }
  ])
  const hidden = await render('workload-api', {
    ...tbotValues,
    teleport: { render: false, join: { issuer: '' } }
  })
  t.equal(all(hidden, 'ConfigMap').length, 1)
})

await t.test('names of resources stay one text each', async (t) => {
  const teleport = { role: '1', bot: 'true', workloadIdentity: 'a, b' }
  const objects = await render('workload-api', {
    ...tbotValues,
    teleport: { ...tbotValues.teleport, ...teleport }
  })
  const file = dataOf(objects, 'workload-api-teleport', 'teleport.yaml')
  const resources = parseAllDocuments(file).map((document) => document.toJS())
  const labels = { 'spiffe-webhook/workload-api': 'a, b' }
  t.match(resources, [
    {
      metadata: { name: '1' },
      spec: { allow: { workload_identity_labels: { 'spiffe-webhook/workload-api': ['a, b'] } } }
    },
    { metadata: { name: 'true' }, spec: { roles: ['1'] } },
    { spec: { bot_name: 'true' } },
    { metadata: { name: 'a, b', labels } }
  ])
})

await t.test('the keys of a cluster reach the token from a file', async (t) => {
  const jwks = '{"keys":[{"kty":"RSA","n":"a,b","e":"AQAB"}]}\n'
  const file = join(t.testdir({ 'jwks.json': jwks }), 'jwks.json')
  const { stdout, stderr } = await helm(
    [
      ...['template', 'workload-api', chartPath('workload-api'), '--namespace', 'spire-system'],
      ...['--values', '-', '--set-file', `teleport.join.jwks=${file}`]
    ],
    JSON.stringify({ ...tbotValues, teleport: { join: { type: 'static_jwks' } } })
  )
  const objects = parseAllDocuments(stdout).map((document) => document.toJS())
  const config = objects.find((object) => object?.metadata.name === 'workload-api-teleport')
  const resources = parseAllDocuments(config?.data['teleport.yaml'] ?? stderr)
  const token = resources.map((document) => document.toJS()).find(({ kind }) => kind === 'token')
  t.match(token?.spec.kubernetes, { type: 'static_jwks', static_jwks: { jwks } })
})

await t.test('keys of a cluster without an issuer stay JSON text', async (t) => {
  const jwks = '{"keys":[{"kty":"RSA","n":"x\\"y"}]}'
  const objects = await render('workload-api', {
    ...tbotValues,
    teleport: { join: { type: 'static_jwks', jwks } }
  })
  const file = dataOf(objects, 'workload-api-teleport', 'teleport.yaml')
  const [token] = parseAllDocuments(file)
    .map((document) => document.toJS())
    .filter(({ kind }) => kind === 'token')
  t.match(token.spec.kubernetes, { type: 'static_jwks', static_jwks: { jwks } })
})
