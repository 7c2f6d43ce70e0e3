import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { checkTrust, judgeTrust, type MovedSide } from '../../../src/verify/checks/trust.ts'
import { type MeshConfig, readMeshConfig } from '../../../src/verify/facts/mesh.ts'
import type { VerifyReason } from '../../../src/verify/reasons.ts'
import { make } from '../certificates/authority.ts'

const policy = (...principals: readonly string[]) => ({
  metadata: { namespace: 'shop', name: 'cart' },
  spec: { rules: [{ from: [{ source: { principals } }] }] }
})

/** Without it sidecars do not ask istiod for the roots of the mesh configuration. */
const asked = 'defaultConfig: {proxyMetadata: {PROXY_CONFIG_XDS_AGENT: "true"}}'

/** Mesh configuration, trust domain of the Workload API, principals, and what is said of them. */
const rows: readonly (readonly [
  string,
  string,
  string | undefined,
  readonly string[],
  readonly VerifyReason[]
])[] = [
  ['one trust domain', 'trustDomain: a', 'a', [], []],
  ['the default is cluster.local', '{}', 'cluster.local', ['cluster.local/ns/x/sa/y'], []],
  ['the alias and the root first', 'trustDomain: a', 'b', [], ['TrustDomainNotAccepted']],
  [
    'the root after the alias',
    '{trustDomain: a, trustDomainAliases: [b]}',
    'b',
    [],
    ['RootNotDistributed']
  ],
  [
    'roots that no sidecar asks for',
    '{trustDomain: a, trustDomainAliases: [b], caCertificates: [{pem: x, trustDomains: [b]}]}',
    'b',
    [],
    ['RootNotDistributed']
  ],
  [
    'ready for two trust domains',
    `{trustDomain: a, trustDomainAliases: [b], ${asked}, caCertificates: [{pem: x, trustDomains: [b]}]}`,
    'b',
    ['a/ns/x/sa/y', 'b/ns/x/sa/y', '*', '*/sa/y', 'cluster.local/ns/x/sa/y'],
    []
  ],
  ['not known', 'trustDomain: a', undefined, ['a/ns/x/sa/y'], ['TrustDomainUnknown']],
  ['a policy of a third domain', 'trustDomain: a', 'a', ['c/ns/x/sa/y'], ['PrincipalNotInMesh']],
  [
    'a policy that is ahead of the mesh',
    'trustDomain: a',
    'b',
    ['b/ns/x/sa/y'],
    ['TrustDomainNotAccepted', 'PrincipalNotInMesh']
  ]
]

for (const [rule, mesh, trustDomain, principals, reasons] of rows) {
  await t.test(rule, async (t) => {
    const found = judgeTrust({
      trustDomain,
      mesh: readMeshConfig(mesh),
      policies: [policy(...principals)],
      moved: [],
      staying: 1
    })
    t.same(
      found.map(({ reason }) => reason),
      reasons
    )
    for (const { message } of found) t.match(message, /.{30}/)
  })
}

await t.test('a mesh that was not seen is not guessed at', async (t) => {
  const mesh = readMeshConfig('a: [')
  const facts = { trustDomain: 'a', mesh, policies: [policy('c/x')], moved: [], staying: 1 }
  t.same(judgeTrust(facts), [])
})

await t.test('notPrincipals count, and what is no policy says nothing', async (t) => {
  const mesh = readMeshConfig('trustDomain: a')
  const not = {
    metadata: {},
    spec: { rules: [{ from: [{ source: { notPrincipals: ['c/x'] } }] }] }
  }
  const odd = { spec: { rules: [{ from: 'x' }, { to: [] }] } }
  const found = judgeTrust({ trustDomain: 'a', mesh, policies: [not, odd], moved: [], staying: 1 })
  t.same(
    found.map(({ reason }) => reason),
    ['PrincipalNotInMesh']
  )
})

const one: MovedSide = { trustDomain: 'a', sharesRoot: true, trustsIstiod: true, chain: [] }
const two: MovedSide = { ...one, sharesRoot: false }
const deaf: MovedSide = { ...two, trustsIstiod: false }
const roots = 'trustDomain: a, caCertificates: [{pem: x, trustDomains: [a]}]'
const ready = `{${roots}, ${asked}}`

/** What Envoys of moved sidecars hold, how many sidecars stay, and the answer to "may the next namespace be moved?". */
const answers: readonly (readonly [
  string,
  readonly MovedSide[],
  number | undefined,
  RegExp,
  readonly VerifyReason[]
])[] = [
  [
    'trustDomain: a',
    [one],
    3,
    /^the next namespace may be moved: one trust domain a, one root$/,
    []
  ],
  [ready, [two], 3, /^the next namespace may be moved: one trust domain a, two roots$/, []],
  ['trustDomain: a', [two], 3, /^do not move the next namespace yet/, ['RootNotDistributed']],
  [`{${roots}}`, [two], 3, /^do not move the next namespace yet/, ['RootNotDistributed']],
  [`{${roots}}`, [one], 3, /^the next namespace may be moved/, []],
  [ready, [two, deaf], 3, /^do not move the next namespace yet/, ['BundleWithoutIstiod']],
  ['trustDomain: a', [deaf], 0, /^every sidecar is on the Workload API/, []],
  [
    'trustDomain: a',
    [deaf],
    undefined,
    /^do not move/,
    ['RootNotDistributed', 'BundleWithoutIstiod']
  ],
  ['trustDomain: a', [one], undefined, /^the next namespace may be moved/, []],
  ['trustDomain: b', [one], 0, /^do not move the next namespace yet/, ['TrustDomainNotAccepted']],
  ['trustDomain: a', [], 3, /its trust is unknown$/, ['TrustDomainUnknown']]
]

await t.test('may the next namespace be moved?', async (t) => {
  for (const [mesh, moved, staying, detail, reasons] of answers) {
    const result = checkTrust({
      trustDomain: moved[0]?.trustDomain,
      mesh: readMeshConfig(mesh),
      policies: [],
      moved,
      staying
    })
    t.match(result.detail, detail)
    t.same(
      result.findings.map(({ reason }) => reason),
      reasons,
      detail.source
    )
  }
})

await t.test('a root that has rotated since it was copied into the mesh', async (t) => {
  const [old, next] = [
    await make({ name: 'old', isCa: true }),
    await make({ name: 'next', isCa: true })
  ]
  const chainBy = async (by: typeof old): Promise<readonly X509Certificate[]> => [
    new X509Certificate((await make({ name: 'x', by })).cert)
  ]
  const meshWith = (...pems: readonly string[]) =>
    readMeshConfig(
      JSON.stringify({
        trustDomain: 'a',
        defaultConfig: { proxyMetadata: { PROXY_CONFIG_XDS_AGENT: 'true' } },
        caCertificates: [{ pem: pems.join(''), trustDomains: ['a'] }]
      })
    )
  const judge = (mesh: MeshConfig | undefined, chain: readonly X509Certificate[]) =>
    judgeTrust({ trustDomain: 'a', mesh, policies: [], moved: [{ ...two, chain }], staying: 1 })
  t.same(judge(meshWith(old.cert), await chainBy(old)), [])
  const [found, ...others] = judge(meshWith(old.cert), await chainBy(next))
  t.same([found?.reason, others], ['RootNotDistributed', []])
  t.match(found?.message, 'has changed since')
  t.same(judge(meshWith(old.cert, next.cert), await chainBy(next)), [], 'both, while it rotates')
  const unreadable = meshWith('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')
  t.same(judge(unreadable, await chainBy(next)), [], 'what cannot be read is not judged')
})
