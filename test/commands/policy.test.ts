import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { run } from './run.ts'

t.test('policy and binding are printed for a configuration', async (t) => {
  const { code, out } = await run('policy', [])
  t.equal(code, 0)
  const [policy, binding] = parseAllDocuments(out).map((document) => document.toJS())
  t.match(policy, {
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'spiffe-webhook' },
    spec: { failurePolicy: 'Fail', variables: Array }
  })
  t.match(JSON.stringify(policy), '["/run/spire/agent-sockets"]'.replaceAll('"', '\\"'))
  t.match(policy.spec.matchConstraints.namespaceSelector.matchExpressions, [
    { operator: 'NotIn', values: ['kube-system', 'spiffe-webhook'] },
    { key: 'spiffe-webhook/injection', operator: 'In', values: ['enabled'] }
  ])
  t.match(binding, {
    kind: 'ValidatingAdmissionPolicyBinding',
    spec: { policyName: 'spiffe-webhook', validationActions: ['Deny', 'Audit'] }
  })
})

t.test('names, namespace, scope and form are the caller’s', async (t) => {
  const config = `${t.testdir({ 'c.yaml': 'guard: {scope: cluster, protectedPaths: [/run/x]}' })}/c.yaml`
  const args = [
    '--static',
    '--name',
    'guard',
    '--namespace',
    'ns',
    '-o',
    'json',
    '--config',
    config
  ]
  const { out } = await run('policy', args)
  t.match(out, '"name": "guard.static.k8s.io"')
  t.match(out, '"ns"')
  t.notMatch(out, 'spiffe-webhook/injection')
  t.match(out, '/run/x')
  t.match(await run('policy', ['--nam', 'x']), { code: 64, err: /did you mean --name/ })
  t.match(await run('policy', ['--config', '/absent']), { code: 64 })
  t.match(await run('policy', ['-h']), { code: 0, out: /^Usage/ })
})
