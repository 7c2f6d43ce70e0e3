import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { plainPod } from './recorded-pods.ts'

const recorded = join(
  import.meta.dirname,
  '../fixtures/reviews/inject-native-sidecar-1st-call.json'
)

/** Files with the reviews that are sent, as the API server writes them: without the recording's indentation. */
export interface Bodies {
  /** A pod with Istio's sidecar, about 9 KB. */
  readonly istio: string
  /** The pod before Istio's injector saw it, about 3 KB. */
  readonly ordinary: string
  /** The pod with Istio's sidecar and enough variables for 60 KB. */
  readonly large: string
}

/** Writes them into the directory. */
export function writeBodies(directory: string): Bodies {
  const review = JSON.parse(readFileSync(recorded, 'utf8'))
  const { request } = review
  const { object } = request
  const write = (name: string, pod: object): string => {
    const file = join(directory, `${name}.json`)
    writeFileSync(file, JSON.stringify({ ...review, request: { ...request, object: pod } }))
    return file
  }
  const [app, ...others] = object.spec.containers
  const env = Array.from({ length: 420 }, (_, i) => ({
    name: `VARIABLE_${i}`,
    value: 'x'.repeat(90)
  }))
  const containers = [{ ...app, env }, ...others]
  return {
    istio: write('istio', object),
    ordinary: write('ordinary', plainPod),
    large: write('large', { ...object, spec: { ...object.spec, containers } })
  }
}
