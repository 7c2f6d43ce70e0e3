import { isWithin } from '../host-paths/clean.ts'
import { judgePath, type PathVerdict } from '../host-paths/judge-path.ts'
import { resolve } from '../host-paths/path-model.ts'
import type { GuardModel } from './guard-model.ts'
import type { GuardReason } from './reasons.ts'
import { showPath, type Violation } from './violation.ts'

/** One host path of an object, and how a sentence speaks of it. */
export interface HostPath {
  readonly path: unknown
  readonly field: string
  /** As in `hostPath volume "sock"`. */
  readonly phrase: string
  readonly subject: string
  /** True where every mount of it is readOnly; only the strict mode asks. */
  readonly readOnly: boolean
}

const useCsi = 'use a csi.spiffe.io volume'

const roads: Readonly<
  Record<
    Extract<PathVerdict, { kind: 'reaches' }>['road'],
    { readonly reason: GuardReason; readonly what: string; readonly remedy: string }
  >
> = {
  socket: { reason: 'HostPathReachesSocket', what: 'the Workload API socket', remedy: useCsi },
  pipe: { reason: 'HostPathReachesSocket', what: 'the Workload API pipe', remedy: useCsi },
  kubelet: {
    reason: 'HostPathReachesKubelet',
    what: "other pods' mounts of the Workload API socket",
    remedy: useCsi
  },
  csiDriver: {
    reason: 'HostPathReachesCsiDriver',
    what: "the CSI driver's own socket",
    remedy: useCsi
  },
  proc: {
    reason: 'HostPathReachesProc',
    what: "every process's file system",
    remedy: 'mount a path below /proc/sys, or ask for an exemption'
  },
  descriptor: {
    reason: 'HostPathReachesProc',
    what: "the container runtime's open files",
    remedy: 'mount a device by its own name'
  }
}

const faults: Readonly<Record<Extract<PathVerdict, { kind: 'unusable' }>['fault'], string>> = {
  missing: 'has no path',
  controlCharacter: 'holds a control character',
  relative: 'is not absolute, so the container runtime decides where it leads',
  backstep: 'holds ..'
}

/** Judges one host path by the path model, then by the strict mode's list where there is one. */
export function judgeHostPath(host: HostPath, model: GuardModel): Violation | undefined {
  const verdict = judgePath(host.path, model.paths)
  const base = { field: host.field, path: pathText(host.path), subject: host.subject }
  const shown = `${host.phrase} (${showPath(host.path)})`
  const found = (
    kind: Violation['verdict'],
    reason: GuardReason,
    fault: string,
    remedy: string
  ): Violation => ({
    ...base,
    ...resolved(host.path, verdict, model),
    verdict: kind,
    reason,
    message: `${shown} ${fault}: ${remedy}`,
    remedy
  })
  switch (verdict.kind) {
    case 'unusable':
      return found(
        'deny',
        'HostPathUnusable',
        faults[verdict.fault],
        'write one plain absolute path'
      )
    case 'reaches': {
      const { reason, what, remedy } = roads[verdict.road]
      return found('deny', reason, `reaches ${what} (${showPath(verdict.at)})`, remedy)
    }
    case 'containerRuntime':
    case 'harmless': {
      if (!isAllowed(host, model)) {
        return found('deny', 'HostPathNotAllowed', 'is not an allowed host path', allowedRemedy)
      }
      if (verdict.kind === 'harmless') return undefined
      const fault = `reaches a container runtime socket (${verdict.at}), which is root on the node`
      return found('warn', 'ContainerRuntimeSocket', fault, 'let the workload do without it')
    }
  }
}

/** What to do about a path that the strict mode does not list; the policy says it too. */
export const allowedRemedy =
  'use another kind of volume, or have the path added to guard.allowedHostPaths (mounted readOnly where it says so)'

function pathText(path: unknown): string {
  return typeof path === 'string' ? path : ''
}

/** Unusable paths have no meaning that an exemption could list. */
function resolved(
  path: unknown,
  verdict: PathVerdict,
  model: GuardModel
): { readonly resolved?: string } {
  if (typeof path !== 'string' || verdict.kind === 'unusable') return {}
  return { resolved: `/${resolve(path, model.paths.aliases).join('/')}` }
}

function isAllowed({ path, readOnly }: HostPath, { allowed, paths }: GuardModel): boolean {
  if (allowed === undefined) return true
  const at = resolve(pathText(path), paths.aliases)
  return allowed.some((prefix) => isWithin(at, prefix.segments) && (readOnly || !prefix.readOnly))
}
