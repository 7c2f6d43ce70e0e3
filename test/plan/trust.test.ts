import t from 'tap'
import { readMeshConfig } from '../../src/plan/mesh-config.ts'
import { judgeTrust, type TrustReason } from '../../src/plan/trust.ts'

const policy = (...principals: readonly string[]) => ({
  metadata: { namespace: 'shop', name: 'cart' },
  spec: { rules: [{ from: [{ source: { principals } }] }] }
})

/** Mesh configuration, trust domain of the Workload API, principals, and what is said of them. */
const rows: readonly (readonly [
  string,
  string,
  string | undefined,
  readonly string[],
  readonly TrustReason[]
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
    'ready for two trust domains',
    '{trustDomain: a, trustDomainAliases: [b], caCertificates: [{pem: x, trustDomains: [b]}]}',
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
      policies: [policy(...principals)]
    })
    t.same(
      found.map(({ reason }) => reason),
      reasons
    )
    for (const { message } of found) t.match(message, /.{30}/)
  })
}

await t.test('a mesh that was not seen is said, and nothing is guessed', async (t) => {
  const found = judgeTrust({
    trustDomain: 'a',
    mesh: readMeshConfig('a: ['),
    policies: [policy('c/x')]
  })
  t.match(found, [{ reason: 'MeshConfigNotSeen', severity: 'warning' }])
  t.equal(found.length, 1)
})

await t.test('notPrincipals count, and what is no policy says nothing', async (t) => {
  const mesh = readMeshConfig('trustDomain: a')
  const not = {
    metadata: {},
    spec: { rules: [{ from: [{ source: { notPrincipals: ['c/x'] } }] }] }
  }
  const odd = { spec: { rules: [{ from: 'x' }, { to: [] }] } }
  const found = judgeTrust({ trustDomain: 'a', mesh, policies: [not, odd] })
  t.same(
    found.map(({ reason }) => reason),
    ['PrincipalNotInMesh']
  )
})
