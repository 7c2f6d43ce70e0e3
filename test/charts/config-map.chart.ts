import t from 'tap'
import { parse } from 'yaml'
import { parseConfig } from '../../src/config/parse.ts'
import { defaultConfig } from '../config/default-config.ts'
import { render } from './helm.ts'
import { configText } from './shapes.ts'

const defaults = await render('spiffe-webhook')

await t.test('by default the server gets its own defaults', async (t) => {
  t.same(parseConfig(parse(configText(defaults))), { config: defaultConfig })
})

await t.test('values reach the server under the same names', async (t) => {
  const values = {
    inject: { socketFile: 'workload.sock', env: { A: 'b' } },
    guard: {
      scope: 'cluster',
      allowedHostPaths: [{ pathPrefix: '/var/log' }],
      exemptions: [{ namespace: 'monitoring', serviceAccount: 'node-exporter', paths: ['/'] }]
    },
    server: { host: '::', bodyLimit: 16_777_216, clientCa: '/etc/client-ca/ca.crt' },
    certificates: { leafLifetime: 3600 },
    log: { level: 'debug' }
  }
  const { config } = parseConfig(parse(configText(await render('spiffe-webhook', values)))) as {
    config: typeof defaultConfig
  }
  t.match(config.inject, { socketFile: 'workload.sock', env: { A: 'b' } })
  t.equal(config.guard.scope, 'cluster')
  t.same(config.guard.allowedHostPaths, [{ pathPrefix: '/var/log', readOnly: true }])
  t.same(config.guard.exemptions, [
    ...defaultConfig.guard.exemptions,
    { namespace: 'monitoring', serviceAccount: 'node-exporter', paths: ['/'] }
  ])
  t.match(config.server, { host: '::', bodyLimit: 16_777_216, clientCa: '/etc/client-ca/ca.crt' })
  t.equal(config.certificates.leafLifetime, 3600)
  t.equal(config.log.level, 'debug')
})

await t.test('the strict mode with an empty list is not the default mode', async (t) => {
  const rendered = await render('spiffe-webhook', { guard: { allowedHostPaths: [] } })
  t.same(parse(configText(rendered)).guard.allowedHostPaths, [])
  t.notOk('allowedHostPaths' in parse(configText(defaults)).guard)
})
