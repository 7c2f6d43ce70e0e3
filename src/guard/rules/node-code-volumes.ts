import { quote } from '../../kubernetes/quote.ts'
import type { Finding } from '../finding.ts'
import type { PodRule } from './rule.ts'

const kinds = ['flexVolume', 'gitRepo'] as const

/** The word about volumes whose content a program on the node decides, in pods and in PersistentVolumes. */
export const nodeCodeVolume = {
  NodeCodeVolume: {
    onlyWarns: true,
    meaning: 'A flexVolume or gitRepo runs code on the node.',
    remedy: 'use a CSI driver or an init container'
  }
} as const

/** Such a volume or source, as `phrase` names it. */
export function runsCode(
  keys: Finding['keys'],
  subject: string,
  phrase: string
): Finding<'NodeCodeVolume'> {
  const what = `${phrase} runs code on the node`
  const { remedy } = nodeCodeVolume.NodeCodeVolume
  return { verdict: 'warn', reason: 'NodeCodeVolume', keys, subject, what, remedy }
}

/**
 * Volumes whose content a program on the node decides: their reach cannot be read from the manifest.
 *
 * Restricted fields: spec.volumes[*].flexVolume, spec.volumes[*].gitRepo (CVE-2024-10220, CVE-2025-1767)
 * Allowed values:    none; a warning, since Pod Security and newer kubelets already refuse them
 */
export const nodeCodeVolumes: PodRule<'NodeCodeVolume'> = {
  about: 'pod',
  reasons: nodeCodeVolume,
  sees: () => [{ verdict: 'warn', volume: kinds.map((kind) => `has(v.${kind})`).join(' || ') }],
  *find({ spec }) {
    for (const [index, volume] of (spec?.volumes ?? []).entries()) {
      for (const kind of kinds) {
        if (volume[kind] === undefined || volume[kind] === null) continue
        const phrase = `${kind} volume ${quote(volume.name)}`
        yield runsCode(['spec', 'volumes', index, kind], volume.name, phrase)
      }
    }
  }
}
