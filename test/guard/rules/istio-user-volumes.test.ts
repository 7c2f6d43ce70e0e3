import t from 'tap'
import { istioUserVolumes } from '../../../src/guard/rules/istio-user-volumes.ts'
import { found } from './found.ts'

const pod = (text: string): unknown => ({
  metadata: { annotations: { 'sidecar.istio.io/userVolume': text } }
})
const line = (name: string, path: string): string =>
  `warn IstioUserVolume metadata.annotations["sidecar.istio.io/userVolume"]: volume "${name}" of annotation sidecar.istio.io/userVolume (${path}) reaches the Workload API socket (/run/spire/agent-sockets): use a csi.spiffe.io volume`

const cases: readonly (readonly [text: string, ...lines: readonly string[]])[] = [
  ['{"a":{"hostPath":{"path":"/run"}}}', line('a', '/run')],
  ['[{"name":"x","hostPath":{"path":"/run"}}]', line('0', '/run')],
  [
    '{"a":{"hostPath":{"path":"/run"}},"b":{"emptyDir":{}},"c":{"hostPath":{"path":"/"}}}',
    line('a', '/run'),
    line('c', '/')
  ],
  ['{"a":{"hostPath":{"path":"/data"}}}'],
  ['{"a":{"hostPath":"/run"}}'],
  ['{"a":null}'],
  ['null'],
  ['7'],
  ['"/run"'],
  ['{']
]

t.test('a host path that Istio will add is told early', async (t) => {
  for (const [text, ...lines] of cases) t.same(found(istioUserVolumes, pod(text)), lines, text)
  t.same(found(istioUserVolumes, {}), [])
})

t.test('one that cannot be used is told too', async (t) => {
  t.match(found(istioUserVolumes, pod('{"a":{"hostPath":{}}}')), [
    /^warn IstioUserVolume .* \(no path\) has no path/
  ])
})
