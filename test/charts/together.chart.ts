import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import type { Config } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { guard } from '../../src/guard/guard.ts'
import { guardModel } from '../../src/guard/guard-model.ts'
import {
  all,
  type ChartName,
  type ChartObject,
  chartPath,
  helm,
  render,
  tbotValues
} from './helm.ts'
import { configText, podTemplate } from './shapes.ts'

const controller = 'system:serviceaccount:kube-system:daemon-set-controller'

/** Values that move everything away from its default, for both charts. */
const moved = {
  webhook: {
    inject: { socketFile: 'workload.sock', csiDriver: 'x.spiffe.io' },
    guard: { protectedPaths: ['/run/tbot/sockets'], kubeletRoots: ['/var/lib/k0s/kubelet'] }
  },
  workloadApi: {
    ...tbotValues,
    socket: { directory: '/run/tbot/sockets', file: 'workload.sock' },
    driver: { name: 'x.spiffe.io', kubeletRoot: '/var/lib/k0s/kubelet' },
    webhook: {
      protectedPaths: ['/run/tbot/sockets'],
      kubeletRoots: ['/var/lib/k0s/kubelet'],
      socketFile: 'workload.sock',
      csiDriver: 'x.spiffe.io'
    }
  }
}

async function both(
  webhook: object,
  workloadApi: object
): Promise<{ daemonSets: readonly ChartObject[]; judge: Judge }> {
  const text = configText(await render('spiffe-webhook', webhook))
  const { config } = parseConfig(parse(text)) as { config: Config }
  const model = guardModel(config)
  const judge: Judge = (object, { namespace, username }) =>
    guard(
      {
        group: object.kind === 'Pod' ? '' : 'apps',
        kind: object.kind,
        subResource: '',
        operation: 'CREATE',
        namespace,
        username,
        groups: [],
        object,
        oldObject: null
      },
      'enforce',
      model
    ).verdict
  return { daemonSets: all(await render('workload-api', workloadApi), 'DaemonSet'), judge }
}

type Judge = (
  object: ChartObject,
  of: { readonly namespace: string; readonly username: string }
) => 'allow' | 'warn' | 'deny'

const podOf = (daemonSet: ChartObject): ChartObject => ({ kind: 'Pod', ...podTemplate(daemonSet) })

for (const [name, values] of Object.entries({
  'with their defaults': { webhook: {}, workloadApi: tbotValues },
  'with other paths': moved
})) {
  await t.test(`both charts together, ${name}`, async (t) => {
    const { daemonSets, judge } = await both(values.webhook, values.workloadApi)
    t.same(daemonSets.map(({ metadata }) => metadata.name).sort(), ['spiffe-csi-driver', 'tbot'])
    const here = { namespace: 'spire-system', username: controller }
    for (const daemonSet of daemonSets) {
      const { name } = daemonSet.metadata
      const pod = podOf(daemonSet)
      t.not(judge(daemonSet, { ...here, username: 'helm' }), 'deny', `${name} may be installed`)
      t.not(judge(pod, here), 'deny', `pods of ${name} may be created by their controller`)
      t.equal(judge(pod, { ...here, username: 'alice' }), 'deny', `and not by hand`)
      t.equal(judge(pod, { ...here, namespace: 'spire' }), 'deny', `nor in another namespace`)
      const other = podTemplate(daemonSet).spec
      const borrowed = { ...pod, spec: { ...other, serviceAccountName: 'default' } }
      t.equal(judge(borrowed, here), 'deny', `nor as another service account`)
    }
  })
}

await t.test('the next command in the notes of one chart is what the other needs', async (t) => {
  const place = ['--namespace', 'identity', '--dry-run=client', '--values', '-']
  const { driver, webhook } = moved.workloadApi
  const values = {
    ...moved.workloadApi,
    driver: { ...driver, serviceAccount: 'driver' },
    webhook: { ...webhook, namespace: 'identity', driverServiceAccount: 'driver' }
  }
  const args = ['install', 'workload-api', chartPath('workload-api'), ...place]
  const { stdout } = await helm(args, JSON.stringify(values))
  const flags = [...stdout.matchAll(/--set '([^']+)'/g)].flatMap(([, flag = '']) => ['--set', flag])
  const next = await helm(['template', 'spiffe-webhook', chartPath('spiffe-webhook'), ...flags])
  const objects = parseAllDocuments(next.stdout).map((document) => document.toJS() as ChartObject)
  const { config } = parseConfig(parse(configText(objects.filter(Boolean)))) as { config: Config }
  t.match(config.inject, { socketFile: 'workload.sock', csiDriver: 'x.spiffe.io' })
  t.match(config.guard, moved.webhook.guard)
  t.same(
    config.guard.exemptions.map(({ namespace, serviceAccount }) => [namespace, serviceAccount]),
    [
      ['identity', 'tbot'],
      ['identity', 'driver']
    ]
  )
})

await t.test('tbot and the driver are not exempt for each other’s paths', async (t) => {
  const { daemonSets, judge } = await both({}, tbotValues)
  const here = { namespace: 'spire-system', username: controller }
  for (const daemonSet of daemonSets) {
    const { spec } = podTemplate(daemonSet)
    const more = { name: 'more', hostPath: { path: '/var/lib/kubelet/device-plugins/..' } }
    const pod = { ...podOf(daemonSet), spec: { ...spec, volumes: [...spec.volumes, more] } }
    t.equal(judge(pod, here), 'deny', daemonSet.metadata.name)
  }
  const tbot = daemonSets.find(({ metadata }) => metadata.name === 'tbot')
  if (tbot === undefined) throw new Error('no tbot')
  const { spec } = podTemplate(tbot)
  const pods = { name: 'pods', hostPath: { path: '/var/lib/kubelet/pods' } }
  const greedy = { ...podOf(tbot), spec: { ...spec, volumes: [...spec.volumes, pods] } }
  t.equal(judge(greedy, here), 'deny')
})

await t.test('a namespace or a release of digits stays text', async (t) => {
  const charts = {
    'spiffe-webhook': { nameOverride: 'hook', verify: { cronJob: { enabled: true } } },
    'workload-api': { ...tbotValues, webhook: { namespace: '123' } }
  } as const
  for (const [chart, values] of Object.entries(charts) as [ChartName, object][]) {
    const args = ['template', '123', chartPath(chart), '--namespace', '123', '--values', '-']
    const { stdout } = await helm(args, JSON.stringify(values))
    const objects = parseAllDocuments(stdout).map((document) => document.toJS())
    t.ok(objects.length > 5, chart)
    t.notMatch(JSON.stringify(objects), /:123\b/, chart)
  }
})
