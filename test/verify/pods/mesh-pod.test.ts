import t from 'tap'
import type { Pod } from '../../../src/kubernetes/pod.ts'
import { judgeMeshPod } from '../../../src/verify/pods/mesh-pod.ts'
import { defaultConfig } from '../../config/default-config.ts'
import { injectedByIstio, moved, onSocket, plain, proxyless, running } from './pods.ts'

const judge = (pod: Pod, injected = true): ReturnType<typeof judgeMeshPod> =>
  judgeMeshPod(pod, injected, defaultConfig.inject)
const annotated = (pod: Pod, annotations: Readonly<Record<string, string>>): Pod =>
  running(pod, { annotations: { ...pod.metadata?.annotations, ...annotations } })
const labelled = (pod: Pod, labels: Readonly<Record<string, string>>): Pod =>
  running(pod, { labels: { ...pod.metadata?.labels, ...labels } })

await t.test('a pod that the webhook moved is on the socket', async (t) => {
  t.same(judge(onSocket), { state: 'onSocket' })
})

await t.test('a pod that Istio alone has made is missed, in words', async (t) => {
  const verdict = judge(injectedByIstio)
  t.match(verdict, { state: 'missed' })
  t.match(
    'off' in verdict ? verdict.off.join() : '',
    /volume workload-socket.*CA_ADDR.*workload-certs/
  )
})

await t.test('what was moved and put back is undone', async (t) => {
  t.match(judge(annotated(injectedByIstio, { 'spiffe-webhook/status': 'injected' })), {
    state: 'undone'
  })
})

await t.test('a pod without a sidecar', async (t) => {
  t.match(judge(plain), { state: 'missed', off: ['no istio-proxy'] }, 'where Istio injects')
  t.same(judge(plain, false), { state: 'outside' }, 'where Istio does not')
  t.same(judge(labelled(plain, { 'sidecar.istio.io/inject': 'false' })), { state: 'outside' })
  t.same(judge(annotated(plain, { 'sidecar.istio.io/inject': 'false' })), { state: 'outside' })
  t.same(judge(annotated(plain, { 'sidecar.istio.io/inject': 'no' })), { state: 'outside' })
  const yes = labelled(plain, { 'sidecar.istio.io/inject': 'true' })
  t.match(judge(annotated(yes, { 'sidecar.istio.io/inject': 'false' })), { state: 'missed' })
  t.same(judge(labelled(plain, { 'spiffe-webhook/inject': 'false' })), { state: 'outside' })
  const host: Pod = { ...plain, spec: { ...plain.spec, hostNetwork: true } }
  t.same(judge(host), { state: 'outside' })
})

await t.test('pods that stay with istiod on purpose', async (t) => {
  t.same(judge(labelled(injectedByIstio, { 'spiffe-webhook/inject': 'false' })), {
    state: 'optedOut'
  })
  t.same(judge(proxyless), { state: 'proxyless' })
})

const withProxy = (proxy: object): Pod =>
  running({ ...plain, spec: { ...plain.spec, containers: [{ name: 'istio-proxy', ...proxy }] } })

await t.test('an istio-proxy that the guard would refuse is missed', async (t) => {
  const pod = withProxy({ image: 'proxyv2:1', command: ['pilot-agent', 'proxy', 'sidecar'] })
  const off = ['istio-proxy, which injection takes for no proxy']
  t.same(judge(pod), { state: 'missed', off })
})

await t.test("ambient's ztunnel is no sidecar", async (t) => {
  const ztunnel = withProxy({ image: 'ztunnel:1', args: ['proxy', 'ztunnel'] })
  t.same(judge(ztunnel, false), { state: 'outside' })
})

await t.test('pods that ambient captures', async (t) => {
  t.same(judge(annotated(plain, { 'ambient.istio.io/redirection': 'enabled' })), {
    state: 'ambient'
  })
  t.same(judge(labelled(plain, { 'istio.io/dataplane-mode': 'ambient' })), { state: 'ambient' })
})

await t.test('application containers that ask for the socket must have it', async (t) => {
  const asks = { 'spiffe-webhook/app-containers': '*' }
  t.match(judge(annotated(onSocket, asks)), { off: [/application containers/] })
  t.match(judge(annotated(plain, asks), false), { state: 'missed', off: [/application/] })
  t.same(judge(moved(annotated(injectedByIstio, asks))), { state: 'onSocket' })
  t.same(judge(moved(annotated(plain, asks)), false), { state: 'outside' })
})
