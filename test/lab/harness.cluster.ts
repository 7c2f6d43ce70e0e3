import { readFileSync } from 'node:fs'
import t from 'tap'
import { startCluster } from './start-cluster.ts'

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'plain' },
  spec: { containers: [{ name: 'app', image: 'registry.test/app:1' }] }
}

await t.test('a control plane', async (t) => {
  const began = Date.now()
  const cluster = await startCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  t.comment(`up after ${Date.now() - began} ms`)

  await t.test('says which version it is', async (t) => {
    const { stdout } = await cluster.kubectl(['version', '-o', 'json'])
    t.match(JSON.parse(stdout).serverVersion, { gitVersion: 'v1.37.2', major: '1', minor: '37' })
  })

  await t.test('admits and stores a pod, and logs who made it', async (t) => {
    await cluster.namespace('harness')
    await cluster.kubectl(['-n', 'harness', 'apply', '-f', '-'], { input: JSON.stringify(pod) })
    const created = readFileSync(cluster.auditLog, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"name":"plain"'))
      .map((line) => JSON.parse(line))
    t.match(created, [{ verb: 'create', user: { username: 'admin' }, annotations: Object }])
  })

  await t.test('lets Helm install, list and remove a chart', async (t) => {
    const chart = `${import.meta.dirname}/fixtures/empty-chart`
    await cluster.helm(['install', 'probe', chart, '--namespace', 'harness'])
    t.match((await cluster.helm(['list', '-n', 'harness', '-q'])).stdout, /^probe$/m)
    await cluster.helm(['uninstall', 'probe', '--namespace', 'harness'])
  })

  await t.test('lets a program act as a ServiceAccount, with its rights only', async (t) => {
    const kubeconfig = await cluster.actAs('harness', 'default')
    const { stdout } = await cluster.kubectl(['auth', 'whoami', `--kubeconfig=${kubeconfig}`])
    t.match(stdout, 'system:serviceaccount:harness:default')
    const list = ['get', 'secrets', '-n', 'harness', `--kubeconfig=${kubeconfig}`]
    await t.rejects(cluster.kubectl(list), /cannot list resource "secrets"/)
  })

  await t.test('reports what a failed command said', async (t) => {
    await t.rejects(cluster.kubectl(['get', 'pod', 'absent']), /pods "absent" not found/)
    const outcome = await cluster.kubectl(['get', 'pod', 'absent'], { allowFailure: true })
    t.equal(outcome.code, 1)
  })

  await t.test('survives a restart of the API server', async (t) => {
    await cluster.apiServer.stop()
    await t.rejects(cluster.kubectl(['get', 'namespaces']))
    await cluster.apiServer.start()
    t.match((await cluster.kubectl(['get', 'namespaces'])).stdout, /harness/)
  })
})
