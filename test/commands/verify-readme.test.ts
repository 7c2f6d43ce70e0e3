import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { verify } from '../../src/commands/verify.ts'
import type { Pod } from '../../src/kubernetes/pod.ts'
import { make } from '../verify/authority.ts'
import { injectedByIstio, onSocket, plain, running } from '../verify/pods.ts'
import { standIn } from '../verify/stand-in-api.ts'
import { runCommand } from './run-command.ts'
import { answerFrom, healthy, type Objects, paths } from './verify-cluster-objects.ts'

const readme = readFileSync('README.md', 'utf8')
const ca = await make({ name: 'webhook-ca', isCa: true })
const names = ['spiffe-webhook.spiffe-webhook.svc']
const serving = await make({ name: 'webhook', names, by: ca })
const right = healthy(ca, serving, ca)
const agent = (right[paths.pods] as readonly unknown[]).at(-1)

const ownedBy = (pod: Pod, name: string, more: object = {}): Pod =>
  running(pod, {
    name: `${name}-5f464ff6ff-jms4g`,
    labels: { ...pod.metadata?.labels, 'pod-template-hash': '5f464ff6ff' },
    ownerReferences: [{ kind: 'ReplicaSet', name: `${name}-5f464ff6ff`, controller: true }],
    ...more
  })

/** What is printed, with the address, the version and the time of the README in place of this run's. */
async function print(t: Test, pods: readonly unknown[]): Promise<string> {
  const objects: Objects = { ...right, [paths.pods]: [...pods, agent] }
  const { kubeconfig } = await standIn(t, { get: answerFrom(objects) })
  const { out } = await runCommand(verify, ['--kubeconfig', kubeconfig])
  return out
    .replace(/http:\/\/127\.0\.0\.1:\d+/, 'https://203.0.113.7:6443')
    .replace(/spiffe-webhook \d\S+,/, 'spiffe-webhook 0.1.0,')
    .replace(/\S+Z\n$/, '2026-11-25T15:30:00.000Z\n')
}

await t.test('the README shows what a healthy cluster makes verify print', async (t) => {
  const out = await print(t, [onSocket])
  t.ok(readme.includes(`\n$ spiffe-webhook verify\n${out}`), out)
})

await t.test('and what one with a missed pod and an open socket does', async (t) => {
  const volumes = [{ name: 'run', hostPath: { path: '/var/run' } }]
  const stray = ownedBy(plain, 'log-shipper', { namespace: 'logging' })
  const out = await print(t, [
    onSocket,
    ownedBy(injectedByIstio, 'cart'),
    { ...stray, spec: { ...plain.spec, volumes } }
  ])
  const lines = out.split('\n').filter((line) => !line.startsWith('ok'))
  t.ok(
    readme.includes(`\n$ spiffe-webhook verify | grep -v ^ok\n${lines.join('\n')}`),
    lines.join('\n')
  )
})
