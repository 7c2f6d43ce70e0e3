import { parse } from 'yaml'
import { isObject } from '../../kubernetes/json.ts'
import { quote } from '../../kubernetes/quote.ts'
import type { Check } from '../check.ts'
import { judgeHostPath } from '../judge-host-path.ts'
import type { Violation } from '../violation.ts'

/** Annotation keys of NRI's device-injector plugin (containerd/nri plugins/device-injector). */
const mountKey = /^mounts\.(nri\.io|noderesource\.dev)(\/|$)/

/**
 * Where NRI's device-injector runs, an annotation mounts a host path without any volume.
 *
 * Restricted fields: metadata.annotations["mounts.nri.io…"], ["mounts.noderesource.dev…"]: source of each mount
 * Allowed values:    as for hostPath; an annotation that cannot be read is a warning
 */
export const nriAnnotations: Check = ({ pod, base }, model) =>
  Object.entries(pod.metadata?.annotations ?? {})
    .filter(([key]) => mountKey.test(key))
    .flatMap(([key, value]): readonly Violation[] => {
      const field = `${base}metadata.annotations[${JSON.stringify(key)}]`
      const sources = bindSources(value)
      if (sources === undefined) return [unreadable(key, field)]
      return sources.flatMap((path) => {
        const phrase = `NRI mount of annotation ${quote(key)}`
        const host = { path, field, phrase, subject: key, readOnly: false }
        const found = judgeHostPath(host, model)
        if (found === undefined) return []
        const reason = found.verdict === 'deny' ? 'NriMountReachesSocket' : found.reason
        return [{ ...found, reason }]
      })
    })

function unreadable(key: string, field: string): Violation {
  const remedy = 'write a list of mounts with source and destination'
  const message = `annotation ${quote(key)} cannot be read as a list of mounts: ${remedy}`
  const at = { field, path: '', subject: key }
  return { ...at, verdict: 'warn', reason: 'NriAnnotationUnreadable', message, remedy }
}

/** The sources of all bind mounts, or undefined where the text is not a list of mounts. */
function bindSources(text: string): readonly string[] | undefined {
  const mounts = readYaml(text)
  if (!Array.isArray(mounts)) return undefined
  const binds = mounts.filter((mount) => !isObject(mount) || isBind(mount))
  const sources = binds.map((mount: unknown) => (isObject(mount) ? mount.source : undefined))
  return sources.every((source) => typeof source === 'string') ? sources : undefined
}

/** A tmpfs or proc mount has a source that names nothing on the node; runc binds where an option says so. */
function isBind({ type, options }: Readonly<Record<string, unknown>>): boolean {
  if (Array.isArray(options) && options.some((o) => o === 'bind' || o === 'rbind')) return true
  return type === undefined || type === null || type === '' || type === 'bind'
}

function readYaml(text: string): unknown {
  try {
    return parse(text, { logLevel: 'silent' })
  } catch {
    return undefined
  }
}
