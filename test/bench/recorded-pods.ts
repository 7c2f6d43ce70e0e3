import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KubernetesObject } from '../guard/decision-table-objects.ts'

interface Container {
  readonly name: string
}

interface RecordedPod extends KubernetesObject {
  readonly spec: {
    readonly volumes: readonly { readonly name: string }[]
    readonly containers: readonly Container[]
    readonly initContainers?: readonly Container[]
  }
}

const review = join(import.meta.dirname, '../fixtures/reviews/inject-native-sidecar-1st-call.json')

function readRecorded(): RecordedPod {
  const { kind, apiVersion, metadata, spec } = JSON.parse(readFileSync(review, 'utf8')).request
    .object
  // Whoever creates a pod leaves these to the API server.
  const { namespace: _, managedFields: __, ...rest } = metadata
  return { apiVersion, kind, metadata: rest, spec }
}

/** A pod as Istio's injector left it in a real cluster, native sidecar and all. */
export const injectedPod: RecordedPod = readRecorded()

function withoutIstio({ spec, ...pod }: RecordedPod): RecordedPod {
  const { generateName, ownerReferences } = pod.metadata
  const { initContainers: _, ...rest } = spec
  const volumes = spec.volumes.filter(({ name }) => name.startsWith('kube-api-access-'))
  const metadata = { generateName, ownerReferences, labels: { app: 'front-end' } }
  return { ...pod, metadata, spec: { ...rest, volumes } }
}

/** The same pod before Istio's injector saw it. */
export const plainPod: RecordedPod = withoutIstio(injectedPod)
