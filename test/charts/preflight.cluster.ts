import t from 'tap'
import { startCluster } from '../lab/start-cluster.ts'
import { chartPath } from './helm.ts'

/** Without a node no image can be run, which Helm sees as it sees an image that cannot be pulled: the Job does not end. */
await t.test('an image that cannot be run leaves no webhook behind', async (t) => {
  const cluster = await startCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  const place = ['--namespace', 'spiffe-webhook', '--create-namespace', '--no-hooks=false']
  const values = ['--set', 'preflight.seconds=10,guard.scope=cluster']
  const install = ['install', 'spiffe-webhook', chartPath('spiffe-webhook'), ...place, ...values]
  const { code, stderr } = await cluster.helm(install, { allowFailure: true })
  t.not(code, 0)
  t.match(stderr, /pre-install|spiffe-webhook-preflight/)
  t.comment(stderr.trim())
  const kinds = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations', 'deployments']
  const { stdout } = await cluster.kubectl([
    'get',
    kinds.join(','),
    '--all-namespaces',
    '-o',
    'name'
  ])
  t.equal(stdout, '')
  const pod = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'node-agent', namespace: 'default' },
    spec: {
      containers: [{ name: 'a', image: 'a' }],
      volumes: [{ name: 'log', hostPath: { path: '/var/log' } }]
    }
  })
  const created = await cluster.kubectl(['create', '-f', '-'], { input: pod, allowFailure: true })
  t.equal(created.code, 0, created.stderr)
  const { code: left } = await cluster.helm(
    ['uninstall', 'spiffe-webhook', '-n', 'spiffe-webhook'],
    {
      allowFailure: true
    }
  )
  t.equal(left, 0, 'what is left of the release can be removed')
})
