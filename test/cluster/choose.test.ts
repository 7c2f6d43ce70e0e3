import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { chooseCluster } from '../../src/cluster/choose.ts'

const folder = mkdtempSync(join(tmpdir(), 'spiffe-webhook-choose-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const file = join(folder, 'config')
writeFileSync(
  file,
  `clusters: [{name: a, cluster: {server: 'https://a'}}, {name: b, cluster: {server: 'https://b'}}]
contexts: [{name: one, context: {cluster: a, user: u}}, {name: two, context: {cluster: b, user: u}}]
users: [{name: u, user: {token: t}}]
current-context: one
`
)
const none = { kubeconfig: undefined, context: undefined }
const kept = { KUBECONFIG: process.env.KUBECONFIG, HOME: process.env.HOME }
t.teardown(() => Object.assign(process.env, kept))

await t.test('the cluster is chosen as kubectl chooses it', async (t) => {
  t.match(chooseCluster({ ...none, kubeconfig: file }), { server: 'https://a' })
  t.match(chooseCluster({ kubeconfig: file, context: 'two' }), { server: 'https://b' })
  process.env.KUBECONFIG = file
  t.match(chooseCluster(none), { server: 'https://a' })
})

await t.test('what cannot be chosen is said in one sentence', async (t) => {
  t.match(chooseCluster({ kubeconfig: file, context: 'x' }), {
    error: 'the kubeconfig has no context x: it names one, two'
  })
  writeFileSync(join(folder, 'empty'), '{}')
  t.match(chooseCluster({ ...none, kubeconfig: join(folder, 'empty') }), {
    error: 'the kubeconfig has no context that is current: it names none'
  })
  process.env.KUBECONFIG = join(folder, 'gone')
  t.match(chooseCluster(none), { error: /gone: cannot be read as a kubeconfig/ })
  process.env.KUBECONFIG = ''
  process.env.HOME = folder
  t.match(chooseCluster(none), { error: /no kubeconfig was found: set KUBECONFIG/ })
})
