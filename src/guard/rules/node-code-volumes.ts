import { quote } from '../../kubernetes/quote.ts'
import type { PodRule } from './rule.ts'

const kinds = ['flexVolume', 'gitRepo'] as const
const remedy = 'use a CSI driver or an init container'

/**
 * Volumes whose content a program on the node decides: their reach cannot be read from the manifest.
 *
 * Restricted fields: spec.volumes[*].flexVolume, spec.volumes[*].gitRepo (CVE-2024-10220, CVE-2025-1767)
 * Allowed values:    none; a warning, since Pod Security and newer kubelets already refuse them
 */
export const nodeCodeVolumes: PodRule<'NodeCodeVolume'> = {
  about: 'pod',
  reasons: {
    NodeCodeVolume: { meaning: 'A flexVolume or gitRepo runs code on the node.', remedy }
  },
  *find({ spec }) {
    for (const [index, volume] of (spec?.volumes ?? []).entries()) {
      for (const kind of kinds) {
        if (volume[kind] === undefined || volume[kind] === null) continue
        yield {
          verdict: 'warn',
          reason: 'NodeCodeVolume',
          keys: ['spec', 'volumes', index, kind],
          subject: volume.name,
          what: `${kind} volume ${quote(volume.name)} runs code on the node`,
          remedy
        }
      }
    }
  }
}
