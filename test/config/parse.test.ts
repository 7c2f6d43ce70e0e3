import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import t from 'tap'
import { parseConfig } from '../../src/config/parse.ts'
import { configSchema } from '../../src/config/schema.ts'
import type { Schema } from '../../src/config/schema-parts.ts'
import { defaultConfig } from './default-config.ts'

const golden = join(import.meta.dirname, '../fixtures/config/defaults.json')

t.test('an empty file means exactly the defaults of the golden file', async (t) => {
  const text = `${JSON.stringify(defaultConfig, null, 2)}\n`
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text)
  t.ok(existsSync(golden), 'the golden file is there')
  t.equal(text, readFileSync(golden, 'utf8'))
  t.match(defaultConfig.inject, {
    csiDriver: 'csi.spiffe.io',
    env: {},
    labels: { 'spiffe.io/spire-managed-identity': 'true' }
  })
  for (const empty of [undefined, null, {}]) t.same(parseConfig(empty), { config: defaultConfig })
})

const istio = '/var/run/secrets/workload-spiffe-uds'

const unclear = (option: string, path: string): string =>
  `${option}: ${JSON.stringify(path)} is not a plain path: write it without "..", control characters or blanks at the ends of a name`

/** What a person may write wrong, and every sentence that is said of it, in order. */
const bad: readonly (readonly [value: unknown, ...sentences: readonly string[]])[] = [
  [7, 'configuration: must be object'],
  [[], 'configuration: must be object'],
  [{ colour: 'red' }, 'colour: unknown option'],
  [{ 'a b': 1 }, '["a b"]: unknown option'],
  [JSON.parse('{"__proto__":{}}'), '__proto__: unknown option'],
  [{ inject: null }, 'inject: must be object'],
  [{ inject: { csiDriver: '' } }, 'inject.csiDriver: must not be empty'],
  [{ inject: { socketFile: 'a/b' } }, 'inject.socketFile: must be a file name without /'],
  [{ inject: { mountPaths: [] } }, 'inject.mountPaths: must not be empty'],
  [{ inject: { mountPaths: [istio, 'x'] } }, 'inject.mountPaths[1]: must be an absolute path'],
  [
    { inject: { mountPaths: ['/run/secrets/workload-spiffe-uds'] } },
    `inject.mountPaths: must contain ${istio}, which pilot-agent and Envoy hardcode`
  ],
  [
    { inject: { mountPaths: [istio, `${istio}/.`] } },
    `inject.mountPaths: contains the directory ${istio}/. twice: name it once`
  ],
  [{ inject: { env: { A: 1 } } }, 'inject.env.A: must be string'],
  [{ inject: { labels: { 'spiffe.io/x': true } } }, 'inject.labels["spiffe.io/x"]: must be string'],
  [{ guard: { scope: 'all' } }, 'guard.scope: must be one of optedIn, cluster'],
  [{ guard: { protectedPaths: ['run'] } }, 'guard.protectedPaths[0]: must be an absolute path'],
  [
    { guard: { aliases: { 'var/run': '/run' } } },
    'guard.aliases["var/run"]: must be an absolute path'
  ],
  [
    { guard: { aliases: { '/var/run': 'run' } } },
    'guard.aliases["/var/run"]: must be an absolute path'
  ],
  [
    { guard: { aliases: { '/a/': '/a/./b', '/': '/run', '/a': '/ab' } } },
    'guard.aliases: "/a/" leads to "/a/./b", back into itself: name where the link really leads',
    'guard.aliases: "/" leads to "/run", back into itself: name where the link really leads'
  ],
  [
    { guard: { protectedPaths: ['/run/spire/../x'], kubeletRoots: ['/var/lib/kubelet '] } },
    unclear('guard.protectedPaths', '/run/spire/../x'),
    unclear('guard.kubeletRoots', '/var/lib/kubelet ')
  ],
  [
    { guard: { protectedPaths: ['/run/spire /x', '/run/ spire', '/run/spire/.. '] } },
    unclear('guard.protectedPaths', '/run/spire /x'),
    unclear('guard.protectedPaths', '/run/ spire'),
    unclear('guard.protectedPaths', '/run/spire/.. ')
  ],
  [{ guard: { nodeFolders: ['/etc/../x'] } }, unclear('guard.nodeFolders', '/etc/../x')],
  [
    { guard: { protectedPaths: [], kubeletRoots: [] } },
    'guard.protectedPaths: must not be empty',
    'guard.kubeletRoots: must not be empty'
  ],
  [
    {
      inject: { mountPaths: [istio, '/a/..'] },
      guard: {
        containerRuntimeSockets: ['/run/x.sock\u00a0/'],
        aliases: { '/a\n': '/b' },
        allowedHostPaths: [{ pathPrefix: '/..' }],
        exemptions: [{ namespace: 'a', serviceAccount: 'b', paths: ['/c/../d'] }]
      }
    },
    unclear('inject.mountPaths', '/a/..'),
    unclear('guard.containerRuntimeSockets', '/run/x.sock\u00a0/'),
    unclear('guard.aliases', '/a\n'),
    unclear('guard.allowedHostPaths', '/..'),
    unclear('guard.exemptions', '/c/../d')
  ],
  [
    { guard: { deniedCsiDrivers: ['x '] } },
    'guard.deniedCsiDrivers[0]: must have no blanks around it'
  ],
  [{ inject: { csiDriver: ' x' } }, 'inject.csiDriver: must have no blanks around it'],
  [
    {
      guard: {
        exemptions: [{ namespace: 'a', serviceAccount: 'b', paths: ['/c'], creators: [] }]
      }
    },
    'guard.exemptions[0].creators: must not be empty'
  ],
  [
    { guard: { exemptions: [{ namespace: '', paths: [] }] } },
    'guard.exemptions[0].serviceAccount: is missing',
    'guard.exemptions[0].namespace: must not be empty'
  ],
  [
    { guard: { allowedHostPaths: [{ readOnly: true }] } },
    'guard.allowedHostPaths[0].pathPrefix: is missing'
  ],
  [
    { server: { port: 70_000, probesPort: 1.5, requestTimeout: '4s' } },
    'server.port: must be <= 65535',
    'server.probesPort: must be integer',
    'server.requestTimeout: must be integer'
  ],
  [
    { server: { port: 8080 } },
    'server.probesPort: must differ from server.port (8080): choose another port'
  ],
  [
    { certificates: { dnsNames: ['a.svc', 'bücher.test', 'fe80::1%eth0', ''] } },
    'certificates.dnsNames[1]: must be a DNS name or an IP address',
    'certificates.dnsNames[2]: must be a DNS name or an IP address',
    'certificates.dnsNames[3]: must be a DNS name or an IP address'
  ],
  [
    { certificates: { leafLifetime: 100, caLifetime: 199 } },
    'certificates.caLifetime: must be at least twice leafLifetime (100), so that a certificate never outlives its CA'
  ],
  [
    { certificates: { mode: 'acme' }, log: { level: 'loud' } },
    'certificates.mode: must be one of selfSigned, certManager, files',
    'log.level: must be one of debug, info, warn, error'
  ]
]

t.test('what is wrong is said in one sentence each, with the field in front', async (t) => {
  for (const [value, ...sentences] of bad) {
    t.same(parseConfig(value), { errors: sentences }, JSON.stringify(value))
  }
})

t.test('contradictions are told together', async (t) => {
  const value = {
    inject: { mountPaths: ['/x', '/x/'] },
    certificates: { leafLifetime: 100, caLifetime: 100 }
  }
  t.match(parseConfig(value), { errors: { length: 3 } })
})

const good: readonly (readonly [rule: string, value: unknown, wanted: unknown])[] = [
  [
    'labels replace the default ones',
    { inject: { labels: { a: 'b' } } },
    { labels: { a: 'b', 'spiffe.io/spire-managed-identity': undefined } }
  ]
]

t.test('a list that only warns may be empty, and a dot is part of a name', async (t) => {
  const value = { guard: { containerRuntimeSockets: [], protectedPaths: ['/run/..x/...', '/a b'] } }
  t.match(parseConfig(value), { config: value })
})

t.test('what is right is filled in', async (t) => {
  for (const [rule, value, wanted] of good) {
    const parsed = parseConfig(value)
    t.match(parsed, { config: { inject: wanted } }, rule)
  }
  const strict = { guard: { allowedHostPaths: [{ pathPrefix: '/data' }] } }
  const wanted = [{ pathPrefix: '/data', readOnly: true }]
  t.match(parseConfig(strict), { config: { guard: { allowedHostPaths: wanted } } })
  const free = { server: { port: 0, probesPort: 0 } }
  t.match(parseConfig(free), { config: free }, 'any two free ports')
  const names = { certificates: { dnsNames: ['*.a.svc', '10.0.0.1', '::1', 'A-b.svc'] } }
  t.match(parseConfig(names), { config: names })
  const limits = { certificates: { leafLifetime: 100, caLifetime: 200 } }
  t.match(parseConfig(limits), { config: limits })
})

t.test('the value that was read is not changed, and answers share nothing', async (t) => {
  const value = { inject: {} }
  parseConfig(value)
  t.same(value, { inject: {} })
  const [one, other] = [parseConfig({}), parseConfig({})]
  if ('errors' in one || 'errors' in other) throw new Error('defaults are refused')
  t.not(one.config.guard.exemptions, other.config.guard.exemptions)
})

t.test('a printed configuration reads as itself', async (t) => {
  t.same(parseConfig(JSON.parse(JSON.stringify(defaultConfig))), { config: defaultConfig })
})

/** A section names every option that it has; a map may have a key that is always there. */
const isSection = (option: Schema): boolean => option.additionalProperties === false

/** Every option of the schema, by its path. */
function* options(schema: Schema, path = ''): Generator<readonly [string, Schema]> {
  for (const [key, option] of Object.entries(schema.properties ?? {})) {
    const at = path === '' ? key : `${path}.${key}`
    yield [at, option]
    if (isSection(option)) yield* options(option, at)
  }
}

t.test('every option has a description and a default that fits it', async (t) => {
  const absent = ['guard.allowedHostPaths', 'server.clientCa']
  const ajv = new Ajv({ keywords: ['chart'] })
  for (const [path, option] of options(configSchema)) {
    t.ok((option.description ?? '').length > 5, `${path} is described`)
    const { default: value, chart: _, ...shape } = option
    t.equal(value === undefined, absent.includes(path), `${path} has a default`)
    if (value === undefined) continue
    if (!isSection(option)) t.ok(ajv.validate(shape, value), path)
    else t.same(value, {}, `${path} is filled in from its own options`)
  }
})

t.test('a link of one\u2019s own takes away none that every node has', async (t) => {
  const aliases = (given: object): unknown => {
    const parsed = parseConfig({ guard: { aliases: given } })
    return 'config' in parsed ? parsed.config.guard.aliases : parsed
  }
  t.same(aliases({ '/data/run': '/run' }), { '/data/run': '/run', '/var/run': '/run' })
  t.same(aliases({}), { '/var/run': '/run' })
  t.same(aliases({ '/var/run': '/srv/run' }), { '/var/run': '/srv/run' })
})
