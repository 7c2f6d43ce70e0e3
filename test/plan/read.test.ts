import t from 'tap'
import type { Answer } from '../../src/cluster/api.ts'
import { readPlan } from '../../src/plan/read.ts'
import { defaultConfig } from '../config/default-config.ts'
import { injectedByIstio, running } from '../verify/pods/pods.ts'

const list = (...items: readonly unknown[]): object => ({ items })
const template = { metadata: {}, spec: { containers: [{ name: 'a', image: 'a' }] } }
const object = (name: string, spec: object, metadata: object = {}): object => ({
  metadata: { namespace: 'shop', name, ...metadata },
  spec
})
const controlledBy = (kind: string, name: string): object => ({
  ownerReferences: [{ controller: true, kind, name }]
})

const cluster: Readonly<Record<string, object>> = {
  '/api/v1/namespaces': list({ metadata: { name: 'shop', labels: { a: 'b' } } }),
  '/api/v1/namespaces/istio-system/configmaps/istio': {
    data: { mesh: 'trustDomain: old\n' }
  },
  '/apis/security.istio.io/v1/authorizationpolicies': list(),
  '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations': list(),
  '/apis/apps/v1/deployments': list(object('idle', { template }), object('front', { template })),
  '/apis/apps/v1/statefulsets': list(),
  '/apis/apps/v1/daemonsets': list(),
  '/apis/apps/v1/replicasets': list(
    object('front-1', { template }, controlledBy('Deployment', 'front'))
  ),
  '/api/v1/replicationcontrollers': list(),
  '/apis/batch/v1/cronjobs': list(object('nightly', { jobTemplate: { spec: { template } } })),
  '/apis/batch/v1/jobs': list(
    object('nightly-1', { template }, controlledBy('CronJob', 'nightly')),
    { ...object('done', { template }), status: { completionTime: '2026-11-28T00:00:00Z' } }
  ),
  '/api/v1/pods': list(
    running(injectedByIstio, {
      namespace: 'shop',
      name: 'front-1-a',
      labels: { 'pod-template-hash': '1' },
      ...controlledBy('ReplicaSet', 'front-1')
    }),
    running(injectedByIstio, {
      namespace: 'shop',
      name: 'nightly-1-x',
      ...controlledBy('Job', 'nightly-1')
    }),
    running(injectedByIstio, { namespace: 'shop', name: 'going', deletionTimestamp: 'now' }),
    'nonsense'
  )
}

const answers =
  (objects: Readonly<Record<string, object>>) =>
  async (path: string): Promise<Answer> => {
    const body = objects[path.replace(/\?.*/, '')]
    return body === undefined
      ? { status: 403, body: { message: 'no' }, time: undefined }
      : { status: 200, body, time: undefined }
  }

const subject = {
  defaults: defaultConfig,
  namespace: undefined,
  selector: undefined,
  trustDomain: 'new'
}
const progress = (): void => undefined

await t.test('each owner is one workload: of its pods, else of its template', async (t) => {
  const read = await readPlan({ get: answers(cluster), progress }, subject)
  t.same(read.notSeen, [])
  t.same(
    read.facts.workloads.map(({ owner, pods }) => `${owner.kind}/${owner.name} ${pods}`),
    ['CronJob/nightly 1', 'Deployment/front 1', 'Deployment/idle 0']
  )
  t.same(read.facts.namespaces, [{ name: 'shop', labels: { a: 'b' } }])
  t.match(read.facts.trust, [{ reason: 'TrustDomainNotAccepted' }])
  t.equal(read.config, defaultConfig)
})

await t.test('what the rights do not show is named, and the rest is planned', async (t) => {
  const { '/apis/batch/v1/cronjobs': _, '/api/v1/pods': __, ...some } = cluster
  const read = await readPlan({ get: answers(some), progress }, subject)
  t.same(
    read.notSeen.map(({ resource }) => resource),
    ['cronjobs.batch', 'pods']
  )
  t.ok(read.facts.workloads.length > 0)
})

await t.test('one namespace alone', async (t) => {
  const asked: string[] = []
  const get = async (path: string): Promise<Answer> => {
    asked.push(path)
    return { status: 404, body: {}, time: undefined }
  }
  const read = await readPlan({ get, progress }, { ...subject, namespace: 'shop' })
  t.same(read.facts.namespaces, [])
  t.ok(asked.some((path) => path.startsWith('/api/v1/namespaces/shop/pods?')))
  t.notOk(asked.some((path) => path.startsWith('/api/v1/pods')))
})
