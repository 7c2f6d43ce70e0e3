import type { Volume } from '../kubernetes/pod.ts'

/** True for an emptyDir. The rendered template has no source at all; the API server fills one in. */
export function isPlainDirectory(volume: Volume): boolean {
  for (const key in volume) {
    if (key !== 'name' && key !== 'emptyDir' && volume[key] !== null) return false
  }
  return true
}
