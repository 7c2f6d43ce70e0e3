import t from 'tap'
import { contradictions } from '../../src/config/contradictions.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { type ChartName, chartPath, helm, refusal, tbotValues } from './helm.ts'

type Case = readonly [values: object, sentence: RegExp]

const cert = '-----BEGIN CERTIFICATE-----'

const webhook: readonly Case[] = [
  [{ replica: 3 }, /additional properties 'replica' not allowed/],
  [{ guard: { protectedPath: [] } }, /at '\/guard': additional properties 'protectedPath' not/],
  [{ guard: { scope: 'all' } }, /at '\/guard\/scope': value must be one of 'optedIn', 'cluster'/],
  [{ guard: { protectedPaths: ['run'] } }, /at '\/guard\/protectedPaths\/0': 'run' does not match/],
  [{ guard: { exemptions: [{ namespace: 'a' }] } }, /exemptions\/0': missing properties/],
  [{ failurePolicy: 'fail' }, /value must be one of 'Fail', 'Ignore'/],
  [{ timeoutSeconds: 31 }, /at '\/timeoutSeconds': maximum: got 31, want 30/],
  [{ webhookName: 'istio-zz' }, /webhookName: "istio-zz" does not sort after every istio-…/],
  [{ webhookName: 'csi-webhook' }, /webhookName: "csi-webhook" does not sort after every istio-…/],
  [
    { timeoutSeconds: 4 },
    /server\.requestTimeout: 4000 ms is not below timeoutSeconds \(4000 ms\): lower it/
  ],
  [{ server: { port: 8080 } }, /server\.probesPort: must differ from server\.port \(8080\)/],
  [{ inject: { mountPaths: ['/run/x'] } }, /inject\.mountPaths: must contain \/var\/run\/secrets/],
  [
    { inject: { mountPaths: ['/a', '/var/run/secrets/workload-spiffe-uds', '/./a/'] } },
    /inject\.mountPaths: contains the directory \/\.\/a\/ twice/
  ],
  [{ guard: { protectedPaths: [] } }, /at '\/guard\/protectedPaths': minItems: got 0, want 1/],
  [{ nameOverride: 'Hook' }, /at '\/nameOverride': 'Hook' does not match/],
  [
    { guard: { aliases: { '/a/': '/a/b' } } },
    /guard\.aliases: "\/a\/" leads to "\/a\/b", back into itself/
  ],
  [
    { guard: { aliases: { '/a': '/a/b' } } },
    /guard\.aliases: "\/a" leads to "\/a\/b", back into itself/
  ],
  [
    { certificates: { caLifetime: 86_401 } },
    /certificates\.caLifetime: must be at least twice leafLifetime \(86400\)/
  ],
  [
    { certificates: { mode: 'files', caBundle: cert } },
    /certificates\.existingSecret: mode files needs the name of a Secret/
  ],
  [
    { certificates: { mode: 'files', existingSecret: 'x', caBundle: 'MA==' } },
    /certificates\.caBundle: mode files needs the CA's certificates in PEM/
  ],
  [
    { certificates: { existingSecret: 'x' } },
    /certificates\.existingSecret: has no meaning in mode selfSigned/
  ],
  [
    {
      certificates: { mode: 'files', existingSecret: 'x', caBundle: cert, issuerRef: { name: 'x' } }
    },
    /certificates\.issuerRef: has no meaning in mode files/
  ],
  [
    { certificates: { mode: 'certManager', leafLifetime: 600 } },
    /certificates\.leafLifetime: cert-manager issues for an hour or longer, not for 600 s/
  ]
]

const workloadApi: readonly Case[] = [
  [{}, /trustDomain: provider tbot needs the name of the Teleport cluster/],
  [{}, /tbot\.proxyServer: provider tbot needs the address/],
  [{}, /teleport\.join\.issuer: join type oidc needs the issuer/],
  [{ ...tbotValues, provider: 'spire' }, /value must be one of 'tbot', 'external'/],
  [{ ...tbotValues, trustDomain: 'Example' }, /at '\/trustDomain': 'Example' does not match/],
  [
    { ...tbotValues, socket: { directory: '/run/tbot/sockets' } },
    /socket\.directory: \/run\/tbot\/sockets is not among webhook\.protectedPaths \(\/run\/spire\/agent-sockets\)/
  ],
  [
    { ...tbotValues, socket: { directory: '/run' } },
    /at '\/socket\/directory': '\/run' does not match/
  ],
  [
    { ...tbotValues, socket: { file: 'workload.sock' } },
    /socket\.file: workload\.sock is not webhook\.socketFile \(socket\)/
  ],
  [
    { ...tbotValues, driver: { name: 'x.spiffe.io' } },
    /driver\.name: x\.spiffe\.io is not webhook\.csiDriver/
  ],
  [
    { ...tbotValues, driver: { kubeletRoot: '/var/lib/k0s/kubelet' } },
    /driver\.kubeletRoot: \/var\/lib\/k0s\/kubelet is not among webhook\.kubeletRoots/
  ],
  [
    { ...tbotValues, driver: { serviceAccount: 'tbot' } },
    /driver\.serviceAccount: tbot is tbot's already/
  ],
  [
    { ...tbotValues, tbot: { ...tbotValues.tbot, serviceAccount: 'bot' } },
    /tbot\.serviceAccount: bot is not webhook\.agentServiceAccount \(tbot\)/
  ],
  [
    { ...tbotValues, driver: { serviceAccount: 'driver' } },
    /driver\.serviceAccount: driver is not webhook\.driverServiceAccount \(spiffe-csi-driver\)/
  ],
  [
    { ...tbotValues, webhook: { namespace: 'identity' } },
    /namespace: spire-system is not webhook\.namespace \(identity\)/
  ],
  [
    { ...tbotValues, tbot: { ...tbotValues.tbot, image: { tag: '18.10.9' } } },
    /tbot\.image\.tag: 18\.10\.9 does not attest native sidecars.*use 18\.11\.0 or newer/
  ],
  [
    { ...tbotValues, tbot: { ...tbotValues.tbot, image: { tag: '17.7.0-dev' } } },
    /tbot\.image\.tag: 17\.7\.0-dev does not attest native sidecars/
  ],
  [
    { ...tbotValues, tbot: { ...tbotValues.tbot, kubelet: { address: 'custom' } } },
    /tbot\.kubelet\.customAddress: address custom needs a host/
  ],
  [
    { ...tbotValues, tbot: { ...tbotValues.tbot, kubelet: { customAddress: 'x' } } },
    /tbot\.kubelet\.customAddress: has no meaning with address nodeName/
  ],
  [
    { ...tbotValues, tbot: { ...tbotValues.tbot, kubelet: { address: 'externalIP' } } },
    /value must be one of 'nodeName', 'hostIP', 'custom'/
  ],
  [
    { ...tbotValues, teleport: { join: { type: 'static_jwks' } } },
    /teleport\.join\.jwks: .*--set-file teleport\.join\.jwks=jwks\.json/
  ],
  [
    { ...tbotValues, tbot: { ...tbotValues.tbot, renewalInterval: '1h' } },
    /tbot\.renewalInterval: 1h is not below credentialTTL \(1h\)/
  ],
  [
    {
      ...tbotValues,
      tbot: { ...tbotValues.tbot, credentialTTL: '24h', renewalInterval: '12h' }
    },
    /tbot\.renewalInterval: 12h is not below 12h/
  ],
  [
    { ...tbotValues, tbot: { ...tbotValues.tbot, credentialTTL: '25h' } },
    /tbot\.credentialTTL: 25h is longer than the 24h/
  ],
  [
    {
      ...tbotValues,
      tbot: { ...tbotValues.tbot, kubelet: { skipVerify: true, caConfigMap: 'x' } }
    },
    /tbot\.kubelet\.caConfigMap: has no meaning with skipVerify/
  ],
  [
    { ...tbotValues, teleport: { join: { type: 'in_cluster', issuer: 'https://x' } } },
    /teleport\.join\.issuer: has no meaning with type in_cluster/
  ],
  [
    { ...tbotValues, provider: 'external' },
    /tbot\.proxyServer: has no meaning with provider external/
  ]
]

const tables: Readonly<Record<ChartName, readonly Case[]>> = {
  'spiffe-webhook': webhook,
  'workload-api': workloadApi
}

for (const [chart, cases] of Object.entries(tables) as [ChartName, readonly Case[]][]) {
  await t.test(`${chart} refuses`, async (t) => {
    for (const [values, sentence] of cases) {
      t.match(await refusal(chart, values), sentence, `${JSON.stringify(values)}: ${sentence}`)
    }
  })
}

await t.test(
  'a contradiction of the configuration is said in the words of the server',
  async (t) => {
    const values = {
      inject: { mountPaths: ['/a/../b', '/x', '/x/'] },
      guard: {
        protectedPaths: ['/run/..'],
        kubeletRoots: ['/var/lib/kubelet '],
        containerRuntimeSockets: ['/run/x/\t'],
        nodeFolders: ['/d/..'],
        aliases: { '/q': '/q/r', '/s/..': '/t' },
        allowedHostPaths: [{ pathPrefix: '/u/../v' }],
        exemptions: [{ namespace: 'a', serviceAccount: 'b', paths: ['/c/..'] }]
      },
      server: { port: 8080 },
      certificates: { leafLifetime: 3600, caLifetime: 3600 }
    }
    const parsed = parseConfig(values)
    const said = 'errors' in parsed ? parsed.errors : []
    t.ok(said.length >= contradictions.length)
    const refused = await refusal('spiffe-webhook', values)
    for (const sentence of said) t.ok(refused.includes(sentence), sentence)
  }
)

await t.test('several contradictions are told at once', async (t) => {
  const said = await refusal('workload-api', {})
  t.match(said, /trustDomain: [\s\S]*tbot\.proxyServer: [\s\S]*teleport\.join\.issuer: /)
})

await t.test('names that sort after every istio-… are taken', async (t) => {
  for (const webhookName of ['spiffe-webhook', 'teleport', 'z', 'istio.x']) {
    t.equal(await refusal('spiffe-webhook', { webhookName }), '', webhookName)
  }
})

await t.test('a release that is no name of a Service is refused', async (t) => {
  for (const release of ['1st', 'a.b']) {
    const { code, stderr } = await helm(['template', release, chartPath('spiffe-webhook')])
    t.not(code, 0)
    t.match(stderr, /nameOverride: the release's name "(1st|a\.b)" is no name of a Service/)
  }
})

await t.test('kubelets that know no nodes/pods need nodes/proxy by choice', async (t) => {
  const place = ['--namespace', 'spire-system', '--values', '-', '--kube-version', '1.32.9']
  const asked = async (nodesProxy: boolean): Promise<string> => {
    const values = { ...tbotValues, tbot: { ...tbotValues.tbot, nodesProxy } }
    const args = ['template', 'x', chartPath('workload-api'), ...place]
    return (await helm(args, JSON.stringify(values))).stderr
  }
  t.match(await asked(false), /tbot\.nodesProxy: kubelets know nodes\/pods from 1\.33 on/)
  t.equal(await asked(true), '')
})
