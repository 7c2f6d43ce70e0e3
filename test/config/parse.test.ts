import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { defaultConfig } from './default-config.ts'

const golden = join(import.meta.dirname, '../fixtures/config/defaults.json')

t.test('the defaults are the architecture, and change only on purpose', async (t) => {
  const text = `${JSON.stringify(defaultConfig, null, 2)}\n`
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text)
  t.same(JSON.parse(readFileSync(golden, 'utf8')), defaultConfig)
  t.match(defaultConfig.inject, {
    csiDriver: 'csi.spiffe.io',
    env: {
      CA_ADDR: 'unix:///run/secrets/workload-spiffe-uds/socket',
      PILOT_CERT_PROVIDER: 'workloadapi'
    },
    labels: { 'spiffe.io/spire-managed-identity': 'true' }
  })
})

const bad: readonly (readonly [unknown, readonly string[]])[] = [
  [[], ['configuration: must be object']],
  [{ sever: {} }, ['sever: unknown option']],
  [{ guard: { scope: 'all' } }, ['guard.scope: must be one of optedIn, cluster']],
  [{ guard: { protectedPaths: ['run'] } }, ['guard.protectedPaths[0]: must be an absolute path']],
  [
    { guard: { exemptions: [{ namespace: 'a', paths: [] }] } },
    [
      'guard.exemptions[0].serviceAccount: is missing',
      'guard.exemptions[0].paths: must NOT have fewer than 1 items'
    ]
  ],
  [
    { guard: { aliases: { '/a': '/a/b' } } },
    ['guard.aliases["/a"]: must lead out of itself, not to /a/b']
  ],
  [{ inject: { socketFile: 'a/b' } }, ['inject.socketFile: must match ^[^/]+$']],
  [
    { inject: { mountPaths: ['/x'] } },
    [
      'inject.mountPaths: must hold /var/run/secrets/workload-spiffe-uds, where pilot-agent and Envoy look'
    ]
  ],
  [
    { server: { port: 70_000, bodyLimit: '8' } },
    ['server.port: must be <= 65535', 'server.bodyLimit: must be integer']
  ],
  [
    { certificates: { caLifetime: 100 } },
    [
      'certificates.caLifetime: must be at least twice leafLifetime (86400), so that a leaf never outlives its CA'
    ]
  ]
]

t.test('every fault is told at once, with its field', async (t) => {
  for (const [value, errors] of bad) {
    const parsed = parseConfig(value)
    t.same(
      'errors' in parsed ? parsed.errors.toSorted() : parsed,
      errors.toSorted(),
      JSON.stringify(value)
    )
  }
})

t.test('what is given is kept and not changed, the rest is filled in', async (t) => {
  const given = {
    inject: { socketFile: 'workload.sock', env: { EXTRA: '1' } },
    guard: { allowedHostPaths: [{ pathPrefix: '/data' }] }
  }
  const before = structuredClone(given)
  const parsed = parseConfig(given)
  t.same(given, before)
  t.match(parsed, {
    config: {
      inject: {
        env: {
          CA_ADDR: 'unix:///run/secrets/workload-spiffe-uds/workload.sock',
          PILOT_CERT_PROVIDER: 'workloadapi',
          WORKLOAD_IDENTITY_SOCKET_FILE: 'workload.sock',
          EXTRA: '1'
        }
      },
      guard: { allowedHostPaths: [{ pathPrefix: '/data', readOnly: true }] },
      server: { port: 8443 }
    }
  })
})

t.test('a file is read as YAML or JSON, and its name stands before every fault', async (t) => {
  const folder = t.testdir({
    'good.yaml': 'guard: {scope: cluster} # here\n',
    'good.json': '{"guard":{"scope":"cluster"}}',
    'empty.yaml': '',
    'broken.yaml': 'guard: [\n',
    'bad.yaml': 'typo: 1\n'
  })
  for (const name of ['good.yaml', 'good.json']) {
    t.match(loadConfig({ file: join(folder, name) }), { config: { guard: { scope: 'cluster' } } })
  }
  t.same(loadConfig({ file: join(folder, 'empty.yaml') }), { config: defaultConfig })
  t.same(loadConfig(), { config: defaultConfig })
  const errors = (name: string): readonly string[] => {
    const loaded = loadConfig({ file: join(folder, name) })
    return 'errors' in loaded ? loaded.errors : []
  }
  t.match(errors('broken.yaml'), [/broken\.yaml: Flow sequence/])
  t.match(errors('bad.yaml'), [/bad\.yaml: typo: unknown option$/])
  t.match(errors('absent.yaml'), [
    /absent\.yaml: cannot be read \(ENOENT.*: name a YAML file with --config$/
  ])
})
