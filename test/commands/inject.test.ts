import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { run } from './run.ts'

const fixtures = join(import.meta.dirname, '../fixtures')
const recorded = readdirSync(join(fixtures, 'reviews'))
  .filter((name) => name.startsWith('inject-'))
  .map((name) => ({
    name,
    pod: JSON.parse(readFileSync(join(fixtures, 'reviews', name), 'utf8')).request.object
  }))

const proxy = `      - name: istio-proxy
        image: proxyv2
        args: [proxy, sidecar]
`
const deployment = `# who owns this
apiVersion: apps/v1
kind: Deployment
metadata:
  name: front-end   # the shop
  namespace: sock-shop
spec:
  futureField: kept
  template:
    spec:
      containers:
${proxy}`

t.test('the second run changes nothing, for each recorded pod, in YAML and in JSON', async (t) => {
  for (const { name, pod } of recorded) {
    for (const text of [stringify(pod), JSON.stringify(pod), JSON.stringify(pod, null, 2)]) {
      const once = await run('inject', ['-f', '-'], text)
      t.equal(once.code, 0, name)
      const twice = await run('inject', ['-f', '-'], once.out)
      t.equal(twice.out, once.out, name)
      t.same(
        (await run('inject', ['-f', '-', '-o', 'patch'], once.out)).out.match(/"op"/g),
        null,
        name
      )
    }
  }
})

t.test('what was moved is what the webhook would have moved', async (t) => {
  const native = recorded.find(({ name }) => name.includes('native-sidecar-1st'))
  const { out, err } = await run('inject', ['-f', '-'], stringify(native?.pod))
  t.match(parse(out), { metadata: { annotations: { 'spiffe-webhook/status': 'injected' } } })
  t.match(err, /^Pod\/rec-mesh\/front-end-6c45f7c96d-: injected\n$/)
})

t.test('comments, order, unknown fields and untouched documents stay', async (t) => {
  const other = '---\n# untouched:   spacing\nkind:   ConfigMap\napiVersion: v1\ndata: {a:   b}\n'
  const { out, code } = await run('inject', ['-f', '-'], `${deployment}${other}`)
  t.equal(code, 0)
  t.match(out, /^# who owns this\napiVersion: apps\/v1\n/)
  t.match(out, 'name: front-end   # the shop')
  t.match(out, 'futureField: kept')
  t.ok(out.endsWith(other), 'byte for byte')
  t.match(parseAllDocuments(out)[0]?.toJS(), {
    spec: {
      template: { spec: { volumes: [{ csi: { driver: 'csi.spiffe.io', readOnly: true } }] } }
    }
  })
})

const kinds: readonly (readonly [string, string, string])[] = [
  ['apps/v1', 'StatefulSet', 'spec.template'],
  ['apps/v1', 'DaemonSet', 'spec.template'],
  ['apps/v1', 'ReplicaSet', 'spec.template'],
  ['v1', 'ReplicationController', 'spec.template'],
  ['batch/v1', 'Job', 'spec.template'],
  ['batch/v1', 'CronJob', 'spec.jobTemplate.spec.template'],
  ['v1', 'PodTemplate', 'template']
]
const at = (path: string, value: unknown): unknown =>
  path.split('.').reduceRight((inner, key) => ({ [key]: inner }), value)
const containers = [{ name: 'istio-proxy', image: 'x', args: ['proxy'] }]

t.test('every kind with a pod template is moved, in Lists too', async (t) => {
  const objects = kinds.map(([apiVersion, kind, path]) => ({
    apiVersion,
    kind,
    metadata: { name: 'x' },
    ...(at(path, { spec: { containers } }) as object)
  }))
  const pods = {
    apiVersion: 'v1',
    kind: 'PodList',
    items: [{ metadata: { name: 'p' }, spec: { containers } }]
  }
  const list = { apiVersion: 'v1', kind: 'List', items: [...objects, pods] }
  const { out, err } = await run('inject', ['-f', '-', '-o', 'json'], JSON.stringify(list))
  t.equal(err.match(/: injected$/gm)?.length, kinds.length + 1)
  const items = JSON.parse(out).items
  for (const [index, [, kind, path]] of kinds.entries()) {
    t.match(items[index], at(path, { spec: { volumes: [{ name: 'workload-socket' }] } }), kind)
  }
  t.match(items.at(-1).items[0].spec.volumes, [{ name: 'workload-socket' }])
})

t.test('a refused pod is named, left as it was, and exits with 1', async (t) => {
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', annotations: { 'inject.istio.io/templates': 'sidecar,spire' } },
    spec: { initContainers: containers, containers }
  })
  const { code, out, err } = await run('inject', ['-f', '-'], text)
  t.equal(code, 1)
  t.equal(out, text)
  t.match(
    err,
    /^Pod\/p: refused: BrokenInjection: .*remove the annotation inject\.istio\.io\/templates: "sidecar,spire"/
  )
})

t.test(
  'a broken document is reported with its place and passed through; the others are done',
  async (t) => {
    const broken = '---\nkey: [\n'
    const { code, out, err } = await run(
      'inject',
      ['-f', '-'],
      `${deployment}${broken}---\n${deployment}`
    )
    t.equal(code, 64)
    t.match(err, /spiffe-webhook inject: -:\d+:\d+: Flow sequence/)
    t.equal(err.match(/: injected$/gm)?.length, 2)
    t.match(out, broken)
  }
)

t.test(
  'a change that an anchor would show elsewhere is written out, and that is said',
  async (t) => {
    const text = `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - &c {name: istio-proxy, image: x, args: [proxy]}\nx: *c\n`
    const { out, err } = await run('inject', ['-f', '-'], text)
    t.match(err, /a change would have shown in other places, so all of it was written anew/)
    t.match(parse(out), { spec: { volumes: [{ name: 'workload-socket' }] }, x: { image: 'x' } })
  }
)

t.test('namespace labels without the opt-in move nothing', async (t) => {
  const { out, err, code } = await run(
    'inject',
    ['-f', '-', '--namespace-labels', 'a=b'],
    deployment
  )
  t.match({ out, code }, { out: deployment, code: 0 })
  t.match(err, /skipped: the namespace lacks the label spiffe-webhook\/injection=enabled/)
  const labels = 'a=b,spiffe-webhook/injection=enabled'
  t.not(
    (await run('inject', ['-f', '-', '--namespace-labels', labels], deployment)).out,
    deployment
  )
  const bad = await run('inject', ['-f', '-', '--namespace-labels', 'a'], deployment)
  t.match(bad, { code: 64, err: /"a" is no KEY=VALUE/ })
})

t.test('the difference is a unified diff, in colours on a terminal', async (t) => {
  const { out } = await run('inject', ['-f', '-', '-o', 'diff'], deployment)
  t.match(out, /^--- -\n\+\+\+ -\n@@ /)
  t.match(out, /^\+\s+csi:$/m)
  const coloured = await run('inject', ['-f', '-', '-o', 'diff'], deployment, true)
  t.match(coloured.out, '\u001B[32m+')
  t.equal((await run('inject', ['-f', '-', '-o', 'diff'], '{}')).out, '')
})

t.test('the command line is refused with every fault at once', async (t) => {
  const { code, err } = await run('inject', ['--ouput', 'json', '-o', 'toml', 'extra', '-f'])
  t.equal(code, 64)
  t.match(err, /--ouput is unknown: did you mean --output\?/)
  t.match(err, /-o "toml" is none of yaml, json, patch, diff/)
  t.match(err, /"extra" is not expected/)
  t.match(err, /-f wants a value/)
  t.match(await run('inject', ['--help=x']), { code: 64, err: /--help takes no value/ })
  t.match(await run('inject', []), { code: 64, err: /name files or folders with -f/ })
  t.match(await run('inject', ['--help']), { code: 0, out: /^Usage: spiffe-webhook inject/ })
  t.match(await run('inject', ['-f', '-', '--config', '/absent'], deployment), {
    code: 64,
    err: /\/absent: cannot be read/
  })
})
