import { isObject } from '../../kubernetes/json.ts'
import type { Volume } from '../../kubernetes/pod.ts'
import { quote } from '../../kubernetes/quote.ts'
import type { Check } from '../check.ts'

/**
 * Free-text keys of a volume that JavaScript programs take for an object's prototype: refused with a reason
 * here, since what a later reader makes of them is anyone's guess.
 *
 * Restricted fields: keys of spec.volumes[*], csi, csi.volumeAttributes, flexVolume, flexVolume.options
 * Allowed values:    any key but `__proto__`
 */
export const ambiguousKeys: Check = function* ({ pod, base }) {
  for (const [index, volume] of (pod.spec?.volumes ?? []).entries()) {
    if (!freeText(volume).some((map) => isObject(map) && Object.hasOwn(map, '__proto__'))) continue
    const remedy = 'name the key otherwise'
    const message = `volume ${quote(volume.name)} has the key "__proto__": ${remedy}`
    const field = `${base}spec.volumes[${index}]`
    const at = { field, path: '', subject: volume.name }
    yield { ...at, verdict: 'deny', reason: 'AmbiguousKey', message, remedy }
  }
}

function freeText(volume: Volume): readonly unknown[] {
  const { csi, flexVolume } = volume
  return [
    volume,
    csi,
    isObject(csi) ? csi.volumeAttributes : undefined,
    flexVolume,
    isObject(flexVolume) ? flexVolume.options : undefined
  ]
}
