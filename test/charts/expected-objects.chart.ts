import { createHash } from 'node:crypto'
import t from 'tap'
import { parse } from 'yaml'
import type { Config } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { labelsOf, valueAt } from '../../src/kubernetes/fields.ts'
import { renderedOf } from '../../src/verify/objects/chart-kinds.ts'
import { compareObject } from '../../src/verify/objects/compare.ts'
import { expectedObjects, readChartValues } from '../../src/verify/objects/expected-objects.ts'
import { one, render } from './helm.ts'

/* What verify expects without Helm is what Helm renders, whatever the values. */

const cases: Readonly<Record<string, object>> = {
  defaults: {},
  'another port, image and policy': {
    server: { port: 9443, probesPort: 9080 },
    image: { repository: 'registry.test/guard', digest: `sha256:${'a'.repeat(64)}` },
    guard: { admissionPolicy: true },
    timeoutSeconds: 9,
    serviceAccount: { name: 'guard' }
  },
  'certificates of the user': {
    certificates: {
      mode: 'files',
      existingSecret: 'mine',
      caBundle: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'
    }
  },
  'nothing beside the Deployment': {
    podDisruptionBudget: { enabled: false },
    networkPolicy: { enabled: false },
    autoscaling: { enabled: true }
  },
  'more volumes, variables and peers': {
    extraVolumes: [{ name: 'more', emptyDir: {} }],
    extraEnv: [{ name: 'A', value: 'b' }],
    hostNetwork: true,
    networkPolicy: { apiServerBlocks: ['10.0.0.0/8'] },
    fullnameOverride: 'guard'
  }
}

for (const [what, values] of Object.entries(cases)) {
  await t.test(what, async (t) => {
    const objects = await render('spiffe-webhook', values)
    const map = one(objects, 'ConfigMap')
    const { name } = map.metadata
    const text = String(valueAt(map, ['data', 'config.yaml']))
    const { config } = parseConfig(parse(text)) as { readonly config: Config }
    const deployment = one(objects, 'Deployment')
    const pod = valueAt(deployment, ['spec', 'template', 'spec', 'serviceAccountName'])
    const chartValues = readChartValues(String(valueAt(map, ['data', 'chart.yaml'])))
    t.match(chartValues, { timeoutSeconds: 'timeoutSeconds' in values ? 9 : 5 })
    const expected = expectedObjects({
      config,
      namespace: 'spiffe-webhook',
      name,
      checksum: createHash('sha256').update(text.replace(/\n$/, '')).digest('hex'),
      values: chartValues,
      selector: valueAt(deployment, ['spec', 'selector', 'matchLabels']) as Record<string, string>,
      serviceAccount: String(pod)
    })
    const kinds = ['Service', 'Deployment', 'Role', 'RoleBinding', 'ClusterRole']
    const more = ['ClusterRoleBinding', 'PodDisruptionBudget', 'NetworkPolicy']
    t.same(
      expected.map(({ kind }) => kind).toSorted(),
      objects
        .filter(({ kind }) => [...kinds, ...more].includes(kind))
        .map(({ kind }) => kind)
        .toSorted(),
      'every kind that the chart renders'
    )
    const template = labelsOf(valueAt(deployment, ['spec', 'template']))
    for (const object of expected) {
      const rendered = renderedOf(object, 'spiffe-webhook')
      if (rendered === undefined) throw new Error('a kind that is not compared')
      const found = one(objects, rendered.kind)
      t.same(compareObject(rendered, found, { isPartial: true, template }), [], rendered.kind)
    }
  })
}
