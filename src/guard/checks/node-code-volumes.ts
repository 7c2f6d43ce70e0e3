import { quote } from '../../kubernetes/quote.ts'
import type { Check } from '../check.ts'

const kinds = ['flexVolume', 'gitRepo'] as const

/**
 * Volumes whose content a program on the node decides: their reach cannot be read from the manifest.
 *
 * Restricted fields: spec.volumes[*].flexVolume, spec.volumes[*].gitRepo (CVE-2024-10220, CVE-2025-1767)
 * Allowed values:    none; a warning, since Pod Security and newer kubelets already refuse them
 */
export const nodeCodeVolumes: Check = function* ({ pod, base }) {
  for (const [index, volume] of (pod.spec?.volumes ?? []).entries()) {
    for (const kind of kinds) {
      if (volume[kind] === undefined || volume[kind] === null) continue
      const remedy = 'use a CSI driver or an init container'
      yield {
        verdict: 'warn',
        reason: 'NodeCodeVolume',
        field: `${base}spec.volumes[${index}].${kind}`,
        path: '',
        subject: volume.name,
        message: `${kind} volume ${quote(volume.name)} runs code on the node: ${remedy}`,
        remedy
      }
    }
  }
}
