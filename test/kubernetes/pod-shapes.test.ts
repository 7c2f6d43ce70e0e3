import t from 'tap'
import { isPattern, podPlaces, templateAt } from '../../src/kubernetes/pod-shapes.ts'

const pod = { containers: [{ image: 'i' }], volumes: [{ name: 'v' }] }

/** Group and kind, the spec of an object, and each place in it, `*` for a template. */
const objects: readonly (readonly [
  what: string,
  group: string,
  kind: string,
  spec: unknown,
  places: readonly string[]
])[] = [
  ['a kind of Kubernetes', 'apps', 'Deployment', {}, ['spec.template kind']],
  [
    'Argo Rollout',
    'argoproj.io',
    'Rollout',
    { template: { spec: pod } },
    ['spec.template template']
  ],
  [
    'an old API group',
    'extensions',
    'DaemonSet',
    { template: { spec: pod } },
    ['spec.template template']
  ],
  [
    'Argo Workflow: volumes for all, containers in the templates',
    'argoproj.io',
    'Workflow',
    { volumes: pod.volumes, templates: [{ name: 'a', container: {} }, { volumes: pod.volumes }] },
    ['spec part', 'spec.templates.1 part']
  ],
  [
    'Tekton TaskRun',
    'tekton.dev',
    'TaskRun',
    { podTemplate: { volumes: pod.volumes }, taskSpec: { steps: [{ image: 'i' }] } },
    ['spec.podTemplate part']
  ],
  [
    'JobSet: each replicated job',
    'jobset.x-k8s.io',
    'JobSet',
    {
      replicatedJobs: [
        { template: { spec: { template: { spec: pod } } } },
        { template: { spec: { template: { spec: pod } } } }
      ]
    },
    [
      'spec.replicatedJobs.0.template.spec.template template',
      'spec.replicatedJobs.1.template.spec.template template'
    ]
  ],
  [
    'Kueue Workload',
    'kueue.x-k8s.io',
    'Workload',
    { podSets: [{ template: { spec: pod } }] },
    ['spec.podSets.0.template template']
  ],
  ['a pod spec under another name', 'x', 'Y', { pod }, ['spec.pod part']],
  ['the spec is the pod', 'x', 'Y', pod, ['spec part']],
  ['a list of names is no volume', 'x', 'Y', { volumes: ['data'], containers: [] }, []],
  ['a service', '', 'Service', { ports: [{ name: 'http' }] }, []],
  ['lists in lists', 'x', 'Y', [[{ spec: pod }]], ['spec.0.0 template']]
]

t.test('pods are found by kind, or by their shape at any depth', async (t) => {
  for (const [what, group, kind, spec, places] of objects) {
    const found = podPlaces(group, kind, { metadata: { spec: pod }, status: { spec: pod }, spec })
    t.same(
      found.map(({ keys, found }) => `${keys.join('.')} ${found}`),
      places,
      what
    )
  }
})

t.test('policies and schemas are patterns', async (t) => {
  for (const group of [
    'kyverno.io',
    'policies.kyverno.io',
    'constraints.gatekeeper.sh',
    'apiextensions.k8s.io'
  ]) {
    t.ok(isPattern(group), group)
  }
  for (const group of ['', 'apps', 'notkyverno.io', 'apiextensions.crossplane.io'])
    t.notOk(isPattern(group), group)
})

t.test('what custom kinds leave out is evened out, each item in its place', async (t) => {
  const value = {
    spec: {
      t: {
        metadata: { labels: {} },
        spec: { ...pod, volumes: [3, { name: 'v' }], initContainers: 3 }
      }
    }
  }
  const template = templateAt(value, { keys: ['spec', 't'], found: 'template' })
  t.same(template, {
    metadata: { labels: {} },
    spec: {
      containers: [{ name: '', image: 'i' }],
      volumes: [{ name: '' }, { name: 'v' }],
      initContainers: 3
    }
  })
  t.same(templateAt({ a: [pod] }, { keys: ['a', 0], found: 'part' }).spec, {
    ...pod,
    containers: [{ name: '', image: 'i' }]
  })
  t.same(templateAt({}, { keys: ['a', 0, 'b'], found: 'part' }), { spec: {} })
})

t.test('work grows with the object and not faster, in depth and in width', async (t) => {
  let deep: unknown = { spec: pod }
  for (let depth = 0; depth < 450; depth++) deep = { spec: deep, volumes: [{ name: 'v' }], a: 1 }
  const wide = Array.from({ length: 200_000 }, () => ({ a: [{ b: 1 }] }))
  const start = process.cpuUsage()
  t.equal(podPlaces('x', 'Y', { deep, wide }).length, 451)
  const { user, system } = process.cpuUsage(start)
  t.ok(user + system < 3_000_000, `${user + system} µs`)
})
