import { quote } from '../../kubernetes/quote.ts'
import type { Check } from '../check.ts'
import { judgeHostPath } from '../judge-host-path.ts'
import type { GuardReason } from '../reasons.ts'
import type { Violation } from '../violation.ts'
import { type NriMounts, readMounts } from './nri-mounts.ts'

/** Annotation keys of NRI's device-injector plugin (containerd/nri plugins/device-injector). */
const mountKey = /^mounts\.(nri\.io|noderesource\.dev)(\/|$)/

/**
 * Where NRI's device-injector runs, an annotation mounts a host path without any volume.
 *
 * Restricted fields: metadata.annotations["mounts.nri.io…"], ["mounts.noderesource.dev…"]: source of each mount
 * Allowed values:    as for hostPath; an annotation that two readers could read in two ways is refused
 */
export const nriAnnotations: Check = function* ({ pod, base }, model) {
  for (const [key, value] of Object.entries(pod.metadata?.annotations ?? {})) {
    if (!mountKey.test(key)) continue
    const subject = quote(key)
    const field = `${base}metadata.annotations[${JSON.stringify(key)}]`
    const read = readMounts(value)
    if (read.kind !== 'read') {
      yield unreadable(subject, field, read)
      continue
    }
    const phrase = `NRI mount of annotation ${subject}`
    for (const path of read.sources) {
      const found = judgeHostPath({ path, field, phrase, subject, readOnly: false }, model)
      if (found !== undefined) yield { ...found, reason: reasonOf(found) }
    }
  }
}

function reasonOf({ verdict, reason }: Violation): GuardReason {
  return verdict === 'deny' ? 'NriMountReachesSocket' : reason
}

const remedy =
  'write a list of bind mounts with source, destination, type and options in plain or quoted ASCII, without anchors, tags or escapes'

function unreadable(
  subject: string,
  field: string,
  read: Exclude<NriMounts, { kind: 'read' }>
): Violation {
  const fault =
    read.kind === 'unreadable'
      ? `line ${read.line} is not plain YAML`
      : `the type ${quote(read.type)} is unknown`
  const message = `annotation ${subject} cannot be read as a list of mounts (${fault}): ${remedy}`
  const at = { field, path: '', subject }
  return { ...at, verdict: 'deny', reason: 'NriAnnotationUnreadable', message, remedy }
}
