import { quote } from '../../kubernetes/quote.ts'
import type { Finding } from '../finding.ts'
import {
  type HostPathReason,
  hostPathReasons,
  isNodePrivilege,
  judgeHostPath
} from '../host-path.ts'
import { type NriMounts, readMounts } from '../nri-mounts.ts'
import type { PodRule } from './rule.ts'

/** Annotation keys of NRI's device-injector plugin (containerd/nri plugins/device-injector), alone or before a slash. */
const mountKeys = ['mounts.nri.io', 'mounts.noderesource.dev']

const isMountKey = (key: string): boolean =>
  mountKeys.some((mountKey) => key === mountKey || key.startsWith(`${mountKey}/`))

const remedy =
  'write a list of bind mounts with source, destination, type and options in plain or quoted ASCII, without anchors, tags or escapes'

type NriReason = 'NriMountReachesSocket' | 'NriAnnotationUnreadable' | HostPathReason

/**
 * Where NRI's device-injector runs, an annotation mounts a host path without any volume.
 *
 * Restricted fields: metadata.annotations["mounts.nri.io…"], ["mounts.noderesource.dev…"]: source of each mount
 * Allowed values:    as for hostPath; an annotation that two readers could read in two ways is refused
 */
export const nriAnnotations: PodRule<NriReason> = {
  about: 'pod',
  reasons: {
    ...hostPathReasons,
    NriMountReachesSocket: {
      meaning: 'An NRI annotation mounts a host path that leads to the socket.',
      remedy: 'use a csi.spiffe.io volume'
    },
    NriAnnotationUnreadable: {
      meaning:
        'An NRI mount annotation is not plain YAML, so two readers could read two things in it.',
      remedy
    }
  },
  sees: () => [
    {
      verdict: 'deny',
      annotation: mountKeys.map((key) => `a == '${key}' || a.startsWith('${key}/')`).join(' || ')
    }
  ],
  *find({ metadata }, model) {
    for (const [key, value] of Object.entries(metadata?.annotations ?? {})) {
      if (!isMountKey(key)) continue
      const at = { keys: ['metadata', 'annotations', key], subject: quote(key) }
      const read = readMounts(value)
      if (read.kind !== 'read') {
        yield unreadable(at, read)
        continue
      }
      const phrase = `NRI mount of annotation ${at.subject}`
      for (const path of read.sources) {
        const found = judgeHostPath({ ...at, path, phrase, readOnly: false }, model)
        if (found !== undefined) yield { ...found, reason: reasonOf(found) }
      }
    }
  }
}

function reasonOf({ reason }: Finding<HostPathReason>): NriReason {
  return isNodePrivilege(reason) ? reason : 'NriMountReachesSocket'
}

function unreadable(
  at: Pick<Finding, 'keys' | 'subject'>,
  read: Exclude<NriMounts, { kind: 'read' }>
): Finding<NriReason> {
  const fault =
    read.kind === 'unreadable'
      ? `line ${read.line} is not plain YAML`
      : `the type ${quote(read.type)} is unknown`
  return {
    ...at,
    verdict: 'deny',
    reason: 'NriAnnotationUnreadable',
    what: `annotation ${at.subject} cannot be read as a list of mounts (${fault})`,
    remedy
  }
}
