import { quote } from '../../kubernetes/quote.ts'
import type { Check } from '../check.ts'
import { judgeHostPath } from '../judge-host-path.ts'
import type { Violation } from '../violation.ts'
import { readMounts } from './nri-mounts.ts'

/** Annotation keys of NRI's device-injector plugin (containerd/nri plugins/device-injector). */
const mountKey = /^mounts\.(nri\.io|noderesource\.dev)(\/|$)/

/** Characters of mounts that are read of one pod: hundreds of mounts, and hostile YAML in half a second. */
const textLimit = 16 * 1024

/**
 * Where NRI's device-injector runs, an annotation mounts a host path without any volume.
 *
 * Restricted fields: metadata.annotations["mounts.nri.io…"], ["mounts.noderesource.dev…"]: source of each mount
 * Allowed values:    as for hostPath; an annotation that cannot be read is a warning, one too long to read is refused
 */
export const nriAnnotations: Check = ({ pod, base }, model) => {
  let budget = textLimit
  return Object.entries(pod.metadata?.annotations ?? {})
    .filter(([key]) => mountKey.test(key))
    .flatMap(([key, value]): readonly Violation[] => {
      const subject = quote(key)
      const field = `${base}metadata.annotations[${JSON.stringify(key)}]`
      budget -= value.length
      if (budget < 0) return [tooLong(subject, field)]
      const { sources, readable } = readMounts(value)
      const found = sources.flatMap((path) => {
        const phrase = `NRI mount of annotation ${subject}`
        const violation = judgeHostPath({ path, field, phrase, subject, readOnly: false }, model)
        if (violation === undefined) return []
        const reason = violation.verdict === 'deny' ? 'NriMountReachesSocket' : violation.reason
        return [{ ...violation, reason } as const]
      })
      return readable ? found : [...found, unreadable(subject, field)]
    })
}

function unreadable(subject: string, field: string): Violation {
  const remedy = 'write a list of mounts with source and destination'
  const message = `annotation ${subject} cannot be read as a list of mounts: ${remedy}`
  const at = { field, path: '', subject }
  return { ...at, verdict: 'warn', reason: 'NriAnnotationUnreadable', message, remedy }
}

function tooLong(subject: string, field: string): Violation {
  const remedy = `let all mounts of a pod take ${textLimit} characters at most`
  const message = `annotation ${subject} is longer than the guard reads: ${remedy}`
  const at = { field, path: '', subject }
  return { ...at, verdict: 'deny', reason: 'NriAnnotationUnreadable', message, remedy }
}
