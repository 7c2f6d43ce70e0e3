import t from 'tap'
import { makeCa } from '../../src/certificates/self-signed.ts'
import { buildTools } from '../lab/build-tools.ts'
import type { Cluster } from '../lab/cluster.ts'
import { execute, type Outcome } from '../lab/execute.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { tool } from '../lab/toolchain.ts'
import { type ChartName, chartPath, helm, tbotValues } from './helm.ts'

await buildTools(['helm-3/helm'], (line) => process.stderr.write(`${line}\n`))

const helm3 = (
  args: readonly string[],
  input = '',
  env: NodeJS.ProcessEnv = {}
): Promise<Outcome> =>
  execute(tool('helm-3/helm').binary, args, {
    input,
    allowFailure: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env }
  })

const configuration = ['mutatingwebhookconfiguration', 'spiffe-webhook']

const sets: readonly (readonly [ChartName, object])[] = [
  ['spiffe-webhook', {}],
  [
    'spiffe-webhook',
    {
      serviceMonitor: { enabled: true },
      prometheusRule: { enabled: true },
      dashboard: { enabled: true },
      autoscaling: { enabled: true },
      guard: { scope: 'cluster', admissionPolicy: true },
      certificates: { mode: 'certManager' },
      verify: { cronJob: { enabled: true } },
      commonLabels: { team: 'a' }
    }
  ],
  ['workload-api', tbotValues],
  ['workload-api', { provider: 'external', openshift: true, selinux: { relabel: true } }]
]

/** Objects without their order and without the name of the program that rendered them. */
const sorted = (text: string): readonly string[] =>
  text
    .split(/^---$/m)
    .map((one) => one.trim())
    .toSorted()

await t.test('Helm 3 lints and renders what Helm 4 does', async (t) => {
  t.match((await helm3(['version'])).stdout, /v3\./)
  for (const [chart, values] of sets) {
    const args = [
      'template',
      chart,
      chartPath(chart),
      '--namespace',
      'spire-system',
      '--values',
      '-'
    ]
    const [three, four] = await Promise.all([
      helm3(args, JSON.stringify(values)),
      helm(args, JSON.stringify(values))
    ])
    t.equal(three.code, 0, three.stderr)
    t.same(sorted(three.stdout), sorted(four.stdout), `${chart} ${JSON.stringify(values)}`)
    const lint = await helm3(
      ['lint', '--strict', chartPath(chart), '--values', '-'],
      JSON.stringify(values)
    )
    t.equal(lint.code, 0, `${lint.stdout}${lint.stderr}`)
  }
})

await t.test('Helm 3 refuses with the same sentences', async (t) => {
  const args = ['template', 'x', chartPath('spiffe-webhook'), '--set', 'replicaCount=3']
  t.match((await helm3(args)).stderr, /replicaCount: not a value of this chart: use replicas/)
  const typo = ['template', 'x', chartPath('spiffe-webhook'), '--set', 'replcas=3']
  t.match((await helm3(typo)).stderr, /replcas/)
})

await t.test(
  'Helm 3 installs, upgrades, rolls back and uninstalls on a real API server',
  async (t) => {
    const cluster = await startCluster()
    t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
    const run = async (...args: readonly string[]): Promise<void> => {
      const { code, stderr } = await helm3([...args, '--namespace', 'spiffe-webhook'], '', {
        KUBECONFIG: cluster.kubeconfig
      })
      t.equal(code, 0, `${args.join(' ')}: ${stderr}`)
    }
    const chart = chartPath('spiffe-webhook')
    await run('install', 'spiffe-webhook', chart, '--create-namespace', '--no-hooks')
    const { cert } = await makeCa({ now: Date.now(), lifetime: 3600 })
    const bundle = Buffer.from(cert).toString('base64')
    await setBundle(cluster, bundle)
    await run(
      'upgrade',
      'spiffe-webhook',
      chart,
      '--reset-then-reuse-values',
      '--set',
      'replicas=3'
    )
    t.equal(await bundleOf(cluster), bundle, 'an upgrade leaves the caBundle alone')
    await run('rollback', 'spiffe-webhook')
    t.equal(await bundleOf(cluster), bundle, 'and so does a rollback')
    await run('uninstall', 'spiffe-webhook')
    const kinds = 'mutatingwebhookconfigurations,validatingwebhookconfigurations'
    t.equal((await cluster.kubectl(['get', kinds, '-o', 'name'])).stdout, '')
  }
)

async function setBundle(cluster: Cluster, value: string): Promise<void> {
  const patch = JSON.stringify([{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value }])
  await cluster.kubectl(['patch', ...configuration, '--type=json', '-p', patch])
}

async function bundleOf(cluster: Cluster): Promise<string> {
  const args = ['get', ...configuration, '-o', 'jsonpath={.webhooks[0].clientConfig.caBundle}']
  return (await cluster.kubectl(args)).stdout
}
