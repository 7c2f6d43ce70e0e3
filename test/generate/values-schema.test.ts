import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import t from 'tap'
import { parse } from 'yaml'
import { chartsFolder } from '../../generate/outputs.ts'
import { readValues } from '../../generate/read-values.ts'
import { valuesSchema } from '../../generate/values-schema.ts'
import { configSchema } from '../../src/config/schema.ts'
import { defaultConfig } from '../config/default-config.ts'

const text = (chart: string): string =>
  readFileSync(join(chartsFolder, chart, 'values.yaml'), 'utf8')
const validator = (chart: string): ReturnType<Ajv['compile']> =>
  new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
    valuesSchema(chart, readValues(text(chart)))
  )

const bad: Readonly<Record<string, readonly (readonly [object, string])[]>> = {
  'spiffe-webhook': [
    [{ replica: 1 }, 'must NOT have additional properties'],
    [{ image: { name: 'x' } }, 'must NOT have additional properties'],
    [{ image: { digest: 'sha1:x' } }, 'must match pattern'],
    [{ guard: { scope: 'all' } }, 'must be equal to one of the allowed values'],
    [{ guard: { protectedPaths: ['run'] } }, 'must match pattern'],
    [{ guard: { protectedPaths: [] } }, 'must NOT have fewer than 1 items'],
    [{ guard: { allowedHostPaths: [{ path: '/x' }] } }, 'must NOT have additional properties'],
    [{ guard: { exemptions: [{ namespace: 'a', paths: ['/'] }] } }, 'serviceAccount'],
    [{ inject: { mountPaths: [] } }, 'must NOT have fewer than 1 items'],
    [{ server: { port: 0 } }, 'must be >= 1'],
    [{ server: { host: '127.0.0.1' } }, 'must be equal to one of the allowed values'],
    [{ certificates: { mode: 'vault' } }, 'must be equal to one of the allowed values'],
    [{ certificates: { secret: {} } }, 'must NOT have additional properties'],
    [{ replicas: 'two' }, 'must be integer'],
    [{ excludedNamespaces: 'kube-system' }, 'must be array'],
    [{ log: { level: 'trace' } }, 'must be equal to one of the allowed values']
  ],
  'workload-api': [
    [{ provider: 'spire' }, 'must be equal to one of the allowed values'],
    [{ trustDomain: 'spiffe://x' }, 'must match pattern'],
    [{ socket: { directory: 'run' } }, 'must match pattern'],
    [{ socket: { file: 'a/b' } }, 'must match pattern'],
    [{ tbot: { proxyServer: 'https://x' } }, 'must match pattern'],
    [{ tbot: { credentialTTL: '60' } }, 'must match pattern'],
    [{ teleport: { join: { type: 'token' } } }, 'must be equal to one of the allowed values'],
    [{ driver: { kubelet: '/x' } }, 'must NOT have additional properties']
  ]
}

for (const [chart, cases] of Object.entries(bad)) {
  await t.test(`${chart}: its own values pass, others do not`, async (t) => {
    const validate = validator(chart)
    t.ok(validate(parse(text(chart))), JSON.stringify(validate.errors))
    t.ok(validate({ global: { anything: true } }), 'Helm hands global to dependencies')
    for (const [values, message] of cases) {
      t.notOk(validate(values))
      const said = validate.errors?.map((error) => error.message).join('; ')
      t.match(said, message, JSON.stringify(values))
    }
  })
}

await t.test('every option of the server is a value with the same default', async (t) => {
  const values = parse(text('spiffe-webhook'))
  for (const [section, { properties }] of Object.entries(configSchema.properties ?? {})) {
    for (const [key, { default: own, chart }] of Object.entries(properties ?? {})) {
      const option = `${section}.${key}`
      t.equal(key in values[section], chart !== false, option)
      if (chart === false) continue
      t.same(values[section][key], chart?.default !== undefined ? chart.default : own, option)
    }
  }
  t.same(values.workloadApi.creators, defaultConfig.guard.exemptions[0]?.creators)
})
