import { readFileSync } from 'node:fs'
import jsonPatch from 'fast-json-patch'
import { inject } from '../../../src/inject/inject.ts'
import type { JsonObject } from '../../../src/kubernetes/json.ts'
import type { Pod } from '../../../src/kubernetes/pod.ts'
import { defaultConfig } from '../../config/default-config.ts'

const recorded = (name: string): Pod =>
  JSON.parse(readFileSync(`test/fixtures/reviews/${name}.json`, 'utf8')).request.object

/** A running pod, with metadata laid over it: the name, the labels and the like. */
export const running = (pod: Pod, metadata: JsonObject = {}): Pod => ({
  ...pod,
  metadata: {
    ...pod.metadata,
    name: 'front-end-1',
    namespace: 'sock-shop',
    ownerReferences: [],
    ...metadata
  },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    initContainerStatuses: [
      { name: 'istio-proxy', state: { running: { startedAt: '2026-11-24T12:00:00Z' } } }
    ]
  }
})

/** As Istio left it, recorded from a real cluster: native sidecar, on the CA of istiod. */
export const injectedByIstio: Pod = running(recorded('inject-native-sidecar-1st-call'))

/** The same pod after our own injection. */
export const onSocket: Pod = moved(injectedByIstio)

/** What the webhook makes of a pod. */
export function moved(pod: Pod): Pod {
  const decision = inject(pod, defaultConfig.inject)
  if (decision.kind !== 'injected') throw new Error(`not injected: ${decision.reason}`)
  return jsonPatch.applyPatch(structuredClone(pod), structuredClone([...decision.operations]))
    .newDocument
}

/** A pod without a sidecar. */
export const plain: Pod = running(recorded('inject-no-sidecar'), {
  labels: {},
  annotations: {}
})

/** Proxyless gRPC. */
export const proxyless: Pod = running(recorded('inject-proxyless-grpc'))
