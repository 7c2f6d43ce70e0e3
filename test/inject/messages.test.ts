import t from 'tap'
import { type InjectDecision, inject } from '../../src/inject/inject.ts'
import { appContainersAnnotation, templatesAnnotation } from '../../src/inject/names.ts'
import type { Container, Pod } from '../../src/kubernetes/pod.ts'
import { defaultConfig } from '../config/default-config.ts'

const long = `\n\u0085"${'x'.repeat(300_000)}`
const proxy: Container = { name: 'istio-proxy', image: 'proxyv2:1', args: ['proxy'] }
const stub: Container = { name: 'istio-proxy', resources: {} }
const pod = (
  containers: readonly Container[],
  initContainers: readonly Container[] = [],
  annotations: Readonly<Record<string, string>> = {}
): Pod => ({ metadata: { annotations }, spec: { containers, initContainers } })

const said = (decision: InjectDecision): readonly string[] =>
  decision.kind === 'refused'
    ? [decision.reason, decision.message]
    : [decision.reason, ...decision.warnings.map(({ message }) => message)]

const under = { name: long, mountPath: `/run/secrets/workload-spiffe-uds/${long}` }
const manyKeys = Object.fromEntries(
  Array.from({ length: 5000 }, (_, i) => [`${long.slice(0, 90)}${i}`, 1])
)
const cases: readonly (readonly [reason: string, pod: Pod])[] = [
  ['MountPathConflict', pod([{ ...proxy, volumeMounts: [under] }])],
  [
    'MountPathConflict',
    pod([{ name: long, volumeMounts: [{ name: 'v', mountPath: '/spiffe-workload-api' }] }], [], {
      [appContainersAnnotation]: '*'
    })
  ],
  [
    'UserVolumeConflict',
    pod([{ ...proxy, volumeMounts: [under] }], [], {
      'sidecar.istio.io/userVolume': JSON.stringify([{ name: long }])
    })
  ],
  [
    'InPodAgent',
    {
      spec: {
        volumes: [{ name: 'workload-socket' }],
        containers: [proxy, { name: long, volumeMounts: [{ ...under, name: 'workload-socket' }] }]
      }
    }
  ],
  [
    'Injected',
    pod([{ ...proxy, env: [{ name: 'ISTIO_META_ISTIO_VERSION', value: `1.2.3${long}` }] }])
  ],
  ['Injected', pod([{ ...proxy, env: [{ name: 'WORKLOAD_IDENTITY_SOCKET_FILE', value: long }] }])],
  ['AppContainerNotFound', pod([proxy], [], { [appContainersAnnotation]: long })],
  ['RepairedTemplate', pod([proxy], [stub], { [templatesAnnotation]: long })],
  ['BrokenInjection', pod([proxy], [{ ...stub, ...manyKeys }], { [templatesAnnotation]: long })],
  ['BrokenInjection', pod([stub], [stub], { [templatesAnnotation]: long })]
]

t.test(
  'whatever a pod holds, what is said of it is short and has no control characters',
  async (t) => {
    for (const [reason, value] of cases) {
      const [word, ...messages] = said(inject(value, defaultConfig.inject))
      t.equal(word, reason)
      t.equal(messages.length, 1)
      t.ok(messages.join('').length < 3000, `${reason}: ${messages.join('').length} characters`)
      t.notMatch(messages.join(''), /\p{Cc}/u, reason)
    }
  }
)
