import t from 'tap'
import type { Pod } from '../../../src/kubernetes/pod.ts'
import { proxyPod } from '../../../src/verify/pods/proxy-pod.ts'
import { onSocket } from './pods.ts'

await t.test('the trust domain is the one that Istio wrote, if it wrote one', async (t) => {
  t.match(proxyPod(onSocket, 'onSocket'), {
    namespace: 'sock-shop',
    name: 'front-end-1',
    trustDomain: 'lab.test'
  })
  const bare: Pod = {
    ...onSocket,
    metadata: {},
    spec: {
      containers: [{ name: 'istio-proxy', image: 'proxyv2:1', args: ['proxy', 'sidecar'] }]
    },
    status: {
      containerStatuses: [{ name: 'istio-proxy', state: { running: { startedAt: 'now' } } }]
    }
  }
  t.match(proxyPod(bare, 'onSocket'), {
    trustDomain: undefined,
    serviceAccount: 'default',
    name: ''
  })
})

await t.test('who stays with istiod on purpose is not asked for its certificate', async (t) => {
  t.equal(proxyPod(onSocket, 'optedOut'), undefined)
  t.equal(proxyPod(onSocket, 'proxyless'), undefined)
  t.ok(proxyPod(onSocket, 'missed'))
})
