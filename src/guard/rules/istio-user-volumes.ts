import { userVolumeAnnotation } from '../../inject/names.ts'
import { isObject } from '../../kubernetes/json.ts'
import { quote } from '../../kubernetes/quote.ts'
import { judgeHostPath } from '../host-path.ts'
import type { PodRule } from './rule.ts'

/**
 * A host path that Istio will add to the pod: reported early, where a person can read it. The final pod is refused
 * by hostPathVolumes, so this rule only warns.
 *
 * Restricted fields: metadata.annotations["sidecar.istio.io/userVolume"]: hostPath.path of each volume
 * Allowed values:    as for hostPath
 */
export const istioUserVolumes: PodRule<'IstioUserVolume'> = {
  about: 'pod',
  reasons: {
    IstioUserVolume: {
      onlyWarns: true,
      meaning:
        'An annotation makes Istio add a host path to the pod; the final pod will be refused.',
      remedy: 'remove the volume from the annotation'
    }
  },
  sees: () => [
    {
      verdict: 'warn',
      pod: `has(pod.metadata.annotations) && '${userVolumeAnnotation}' in pod.metadata.annotations`
    }
  ],
  *find({ metadata }, model) {
    const text = metadata?.annotations?.[userVolumeAnnotation]
    if (text === undefined) return
    for (const [name, volume] of readVolumes(text)) {
      for (const path of pathsOf(volume)) {
        const found = judgeHostPath(
          {
            path,
            keys: ['metadata', 'annotations', userVolumeAnnotation],
            phrase: `volume ${quote(name)} of annotation ${userVolumeAnnotation}`,
            subject: name,
            readOnly: false
          },
          model
        )
        if (found !== undefined) yield { ...found, verdict: 'warn', reason: 'IstioUserVolume' }
      }
    }
  }
}

/** Istio makes a Pod of the JSON by Go's encoding/json, which takes a field's name in any case. */
function pathsOf(volume: unknown): readonly unknown[] {
  return valuesOf(volume, /^hostPath$/iu)
    .filter(isObject)
    .flatMap((hostPath) => {
      const paths = valuesOf(hostPath, /^path$/iu)
      return paths.length === 0 ? [undefined] : paths
    })
}

function valuesOf(object: unknown, name: RegExp): readonly unknown[] {
  if (!isObject(object)) return []
  return Object.entries(object).flatMap(([key, value]) => (name.test(key) ? [value] : []))
}

/** The template ranges over the JSON: an object gives names and sources, a list gives indexes. */
function readVolumes(text: string): readonly (readonly [string, unknown])[] {
  try {
    const volumes: unknown = JSON.parse(text)
    return typeof volumes === 'object' && volumes !== null ? Object.entries(volumes) : []
  } catch {
    return []
  }
}
