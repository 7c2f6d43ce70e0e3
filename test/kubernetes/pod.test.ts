import t from 'tap'
import { decodePod } from '../../src/kubernetes/pod.ts'

const good: readonly unknown[] = [
  {},
  { metadata: null, spec: null },
  { metadata: { labels: null, annotations: null, ownerReferences: null } },
  { spec: { volumes: null, initContainers: null, containers: null, ephemeralContainers: null } },
  { spec: { volumes: [{ name: 'v', hostPath: 'judged by the guard' }] } },
  { spec: { containers: [{ name: 'a', image: null, args: null, env: null, volumeMounts: null }] } },
  { spec: { futureField: [1], containers: [{ name: 'a', futureField: {} }] } }
]

/** Each field that is read, of another type. */
const bad: readonly (readonly [unknown, string])[] = [
  [null, 'object: an object is wanted'],
  ['x', 'object: an object is wanted'],
  [[], 'object: an object is wanted'],
  [{ metadata: [] }, 'metadata: an object is wanted'],
  [{ metadata: { name: 7 } }, 'metadata.name: a string is wanted'],
  [{ metadata: { generateName: {} } }, 'metadata.generateName: a string is wanted'],
  [{ metadata: { namespace: [] } }, 'metadata.namespace: a string is wanted'],
  [{ metadata: { labels: 'a=b' } }, 'metadata.labels: an object is wanted'],
  [{ metadata: { labels: { a: true } } }, 'metadata.labels["a"]: a string is wanted'],
  [{ metadata: { annotations: { b: 1 } } }, 'metadata.annotations["b"]: a string is wanted'],
  [{ metadata: { ownerReferences: {} } }, 'metadata.ownerReferences: a list is wanted'],
  [{ metadata: { ownerReferences: [1] } }, 'metadata.ownerReferences[0]: an object is wanted'],
  [{ spec: 1 }, 'spec: an object is wanted'],
  [{ spec: { serviceAccountName: 1 } }, 'spec.serviceAccountName: a string is wanted'],
  [{ spec: { serviceAccount: 1 } }, 'spec.serviceAccount: a string is wanted'],
  [{ spec: { volumes: {} } }, 'spec.volumes: a list is wanted'],
  [{ spec: { volumes: [{}] } }, 'spec.volumes[0].name: a string is wanted'],
  [{ spec: { containers: [{}] } }, 'spec.containers[0].name: a string is wanted'],
  [{ spec: { initContainers: [null] } }, 'spec.initContainers[0]: an object is wanted'],
  [{ spec: { ephemeralContainers: 'x' } }, 'spec.ephemeralContainers: a list is wanted'],
  [
    { spec: { containers: [{ name: 'a', image: 1 }] } },
    'spec.containers[0].image: a string is wanted'
  ],
  [
    { spec: { containers: [{ name: 'a', args: [1] }] } },
    'spec.containers[0].args[0]: a string is wanted'
  ],
  [
    { spec: { containers: [{ name: 'a', env: [{}] }] } },
    'spec.containers[0].env[0].name: a string is wanted'
  ],
  [
    { spec: { containers: [{ name: 'a', volumeMounts: [{ name: 'v' }] }] } },
    'spec.containers[0].volumeMounts[0].mountPath: a string is wanted'
  ],
  [
    { spec: { containers: [{ name: 'a', volumeMounts: [{ mountPath: '/v' }] }] } },
    'spec.containers[0].volumeMounts[0].name: a string is wanted'
  ]
]

t.test('null, absent and unknown fields are what Kubernetes may send', async (t) => {
  for (const value of good) {
    const decoded = decodePod(value)
    t.equal(decoded.kind === 'decoded' && decoded.value, value, 'the very object, not a copy')
  }
})

t.test('a field of another type is told by its path', async (t) => {
  for (const [value, fault] of bad) t.same(decodePod(value), { kind: 'malformed', fault })
})

t.test('the path of a template stands in front', async (t) => {
  const wanted = [
    [null, 'spec.template: an object is wanted'],
    [{ spec: 7 }, 'spec.template.spec: an object is wanted']
  ] as const
  for (const [value, fault] of wanted) {
    t.same(decodePod(value, 'spec.template'), { kind: 'malformed', fault })
  }
})
