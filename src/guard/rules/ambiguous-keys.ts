import { isObject } from '../../kubernetes/json.ts'
import type { Volume } from '../../kubernetes/pod.ts'
import { quote } from '../../kubernetes/quote.ts'
import type { PodRule } from './rule.ts'

/**
 * Free-text keys of a volume that JavaScript programs take for an object's prototype: refused with a reason
 * here, since what a later reader makes of them is anyone's guess.
 *
 * Restricted fields: keys of spec.volumes[*], csi, csi.volumeAttributes, flexVolume, flexVolume.options
 * Allowed values:    any key but `__proto__`
 */
export const ambiguousKeys: PodRule<'AmbiguousKey'> = {
  about: 'pod',
  reasons: {
    AmbiguousKey: {
      meaning: 'A volume has a key that programs read in different ways.',
      remedy: 'rename the key'
    }
  },
  sees: () => [
    {
      verdict: 'deny',
      volume: `has(v.csi) && has(v.csi.volumeAttributes) && '__proto__' in v.csi.volumeAttributes
|| has(v.flexVolume) && has(v.flexVolume.options) && '__proto__' in v.flexVolume.options`
    }
  ],
  *find({ spec }) {
    for (const [index, volume] of (spec?.volumes ?? []).entries()) {
      if (!freeText(volume).some((map) => isObject(map) && Object.hasOwn(map, '__proto__'))) {
        continue
      }
      yield {
        verdict: 'deny',
        reason: 'AmbiguousKey',
        keys: ['spec', 'volumes', index],
        subject: volume.name,
        what: `volume ${quote(volume.name)} has the key "__proto__"`,
        remedy: 'rename the key'
      }
    }
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
