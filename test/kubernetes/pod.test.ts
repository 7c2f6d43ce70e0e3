import t from 'tap'
import { decodePod } from '../../src/kubernetes/pod.ts'

const good: readonly unknown[] = [
  {},
  { metadata: null, spec: null },
  { metadata: { labels: null, annotations: null, ownerReferences: null } },
  { spec: { volumes: null, initContainers: null, containers: null, ephemeralContainers: null } },
  { metadata: { annotations: { a: 'x'.repeat(262_143) } } },
  { spec: { containers: Array(10_000).fill({ name: 'a' }) } },
  { spec: { volumes: [{ name: 'v', hostPath: 'judged by the guard' }] } },
  { spec: { containers: [{ name: 'a', image: null, args: null, env: null, volumeMounts: null }] } },
  { spec: { futureField: [1], containers: [{ name: 'a', futureField: {} }] } }
]

/** Each field that is read, of another type. */
const bad: readonly (readonly [unknown, string])[] = [
  [null, 'object: must be an object'],
  ['x', 'object: must be an object'],
  [[], 'object: must be an object'],
  [{ metadata: [] }, 'metadata: must be an object'],
  [{ metadata: { name: 7 } }, 'metadata.name: must be a string'],
  [{ metadata: { generateName: {} } }, 'metadata.generateName: must be a string'],
  [{ metadata: { namespace: [] } }, 'metadata.namespace: must be a string'],
  [{ metadata: { labels: 'a=b' } }, 'metadata.labels: must be an object'],
  [{ metadata: { labels: { a: true } } }, 'metadata.labels["a"]: must be a string'],
  [{ metadata: { annotations: { b: 1 } } }, 'metadata.annotations["b"]: must be a string'],
  [
    { metadata: { annotations: { a: 'x'.repeat(262_144) } } },
    'metadata.annotations: must be at most 262144 bytes in all'
  ],
  [
    { spec: { containers: Array(10_001).fill({ name: 'a' }) } },
    'spec.containers: must have at most 10000 items'
  ],
  [
    { spec: { initContainers: Array(10_001).fill({ name: 'a' }) } },
    'spec.initContainers: must have at most 10000 items'
  ],
  [{ metadata: { ownerReferences: {} } }, 'metadata.ownerReferences: must be a list'],
  [{ metadata: { ownerReferences: [1] } }, 'metadata.ownerReferences[0]: must be an object'],
  [{ spec: 1 }, 'spec: must be an object'],
  [{ spec: { serviceAccountName: 1 } }, 'spec.serviceAccountName: must be a string'],
  [{ spec: { serviceAccount: 1 } }, 'spec.serviceAccount: must be a string'],
  [{ spec: { volumes: {} } }, 'spec.volumes: must be a list'],
  [{ spec: { volumes: [{}] } }, 'spec.volumes[0].name: must be a string'],
  [{ spec: { containers: [{}] } }, 'spec.containers[0].name: must be a string'],
  [{ spec: { initContainers: [null] } }, 'spec.initContainers[0]: must be an object'],
  [{ spec: { ephemeralContainers: 'x' } }, 'spec.ephemeralContainers: must be a list'],
  [
    { spec: { containers: [{ name: 'a', image: 1 }] } },
    'spec.containers[0].image: must be a string'
  ],
  [
    { spec: { containers: [{ name: 'a', args: [1] }] } },
    'spec.containers[0].args[0]: must be a string'
  ],
  [
    { spec: { containers: [{ name: 'a', env: [{}] }] } },
    'spec.containers[0].env[0].name: must be a string'
  ],
  [
    { spec: { containers: [{ name: 'a', volumeMounts: [{ name: 'v' }] }] } },
    'spec.containers[0].volumeMounts[0].mountPath: must be a string'
  ],
  [
    { spec: { containers: [{ name: 'a', volumeMounts: [{ mountPath: '/v' }] }] } },
    'spec.containers[0].volumeMounts[0].name: must be a string'
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
    [null, 'spec.template: must be an object'],
    [{ spec: 7 }, 'spec.template.spec: must be an object']
  ] as const
  for (const [value, fault] of wanted) {
    t.same(decodePod(value, 'spec.template'), { kind: 'malformed', fault })
  }
})
