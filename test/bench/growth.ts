import { createAdmission } from '../../src/admission/admission.ts'
import { defaultConfig } from '../config/default-config.ts'
import { pod, review, volume } from '../guard/decision-table-objects.ts'
import { type Figure, median } from './figure.ts'

const engine = createAdmission(defaultConfig)

/** Median milliseconds of parsing and judging this body. */
function millisecondsOf(body: string): number {
  const times = Array.from({ length: 7 }, () => {
    const began = performance.now()
    engine.guard('enforce', JSON.parse(body))
    engine.inject(JSON.parse(body))
    return performance.now() - began
  })
  return median(times)
}

/** A pod of about this many bytes, its size in many containers, mounts and variables. */
function podOf(bytes: number): string {
  const mount = { name: 'data', mountPath: '/data', readOnly: true }
  const container = (i: number): object => ({
    name: `c${i}`,
    image: 'app:1',
    env: Array.from({ length: 20 }, (_, j) => ({ name: `NAME_${j}`, value: 'x'.repeat(20) })),
    volumeMounts: [mount]
  })
  const one = JSON.stringify(container(0)).length
  const count = Math.ceil(bytes / one)
  return JSON.stringify(
    review(pod({ containers: Array.from({ length: count }, (_, i) => container(i)) }))
  )
}

/** Figures of the engine alone: time by size up to 3 MiB, and 10,000 volumes. */
export function growth(): readonly Figure[] {
  const mebibyte = 1024 * 1024
  const small = podOf(mebibyte / 8)
  const large = podOf(3 * mebibyte)
  millisecondsOf(small)
  const [before, after] = [millisecondsOf(small), millisecondsOf(large)]
  const factor = after / before / (large.length / small.length)
  const volumes = Array.from({ length: 10_000 }, (_, i) => ({ ...volume('/run'), name: `v${i}` }))
  const many = millisecondsOf(JSON.stringify(review(pod({ volumes }))))
  return [
    {
      what: `time by size: ${(large.length / small.length).toFixed(0)} x the bytes take ${(after / before).toFixed(0)} x the time (${after.toFixed(1)} ms for 3 MiB)`,
      holds: factor < 2
    },
    { what: `10,000 volumes judged in ${many.toFixed(1)} ms < 50`, holds: many < 50 }
  ]
}
