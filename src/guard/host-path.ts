import { isWithin } from '../host-paths/clean.ts'
import { judgePath, type PathVerdict } from '../host-paths/judge-path.ts'
import { resolve } from '../host-paths/path-model.ts'
import type { Finding } from './finding.ts'
import type { GuardModel } from './guard-model.ts'
import { showPath } from './sentences.ts'

/** What may be wrong with a host path, wherever it is written. Its remedies and words are the policy's too. */
export const hostPathReasons = {
  HostPathReachesSocket: {
    leadsTo: 'socket',
    meaning: 'A host path is, holds or lies in a directory of the Workload API socket.',
    remedy: 'use a csi.spiffe.io volume'
  },
  HostPathReachesKubelet: {
    leadsTo: 'route',
    meaning: 'A host path shows the kubelet folder where other pods have the socket mounted.',
    remedy: 'use a csi.spiffe.io volume'
  },
  HostPathReachesCsiDriver: {
    leadsTo: 'route',
    meaning:
      'A host path shows the socket of the CSI driver, or the folder where a false driver could register.',
    remedy: 'use a csi.spiffe.io volume'
  },
  HostPathReachesProc: {
    leadsTo: 'route',
    meaning:
      'A host path shows links of /proc or /dev that lead into the file system of any process.',
    remedy: 'mount a path below /proc/sys, or ask for an exemption'
  },
  HostPathUnusable: {
    leadsTo: 'route',
    meaning:
      'A host path is missing, relative, or holds .. or control characters, so it means what the runtime makes of it.',
    remedy: 'write one plain absolute path'
  },
  HostPathNotAllowed: {
    meaning: 'Strict mode: the host path is not on the list of allowed ones.',
    remedy:
      'use another kind of volume, or have the path added to guard.allowedHostPaths (mounted readOnly where it says so)'
  },
  ContainerRuntimeSocket: {
    meaning: 'A host path shows a container runtime socket, which is root on the node.',
    remedy: 'remove the mount, or label the namespace pod-security.kubernetes.io/enforce: baseline'
  },
  NodeFolder: {
    meaning:
      'A host path shows a folder from which the node takes plugins, devices, pods, units or settings: a file put there is root on the node.',
    remedy: 'remove the mount, or ask for an exemption'
  }
} as const

/** One of these words. */
export type HostPathReason = keyof typeof hostPathReasons

/** One host path of an object, and how a sentence speaks of it. */
export interface HostPath {
  readonly path: unknown
  readonly keys: Finding['keys']
  /** As in `hostPath volume "sock"`. */
  readonly phrase: string
  readonly subject: string
  /** True where every mount of it is readOnly; only the strict mode asks. */
  readonly readOnly: boolean
}

type Route = Extract<PathVerdict, { kind: 'reaches' }>['route']

/** Where each route leads, and by which word it is refused. */
export const routes: Readonly<
  Record<
    Route,
    { readonly reason: HostPathReason; readonly what: string; readonly remedy?: string }
  >
> = {
  socket: { reason: 'HostPathReachesSocket', what: 'the Workload API socket' },
  pipe: { reason: 'HostPathReachesSocket', what: 'the Workload API pipe' },
  kubelet: {
    reason: 'HostPathReachesKubelet',
    what: "other pods' mounts of the Workload API socket"
  },
  csiDriver: { reason: 'HostPathReachesCsiDriver', what: "the CSI driver's own socket" },
  proc: { reason: 'HostPathReachesProc', what: "every process's file system" },
  descriptor: {
    reason: 'HostPathReachesProc',
    what: "the container runtime's open files",
    remedy: 'mount a device by its own name'
  }
}

/** What is wrong with a path that has no one meaning. */
export const faults: Readonly<Record<Extract<PathVerdict, { kind: 'unusable' }>['fault'], string>> =
  {
    missing: 'has no path',
    controlCharacter: 'holds a control character',
    relative: 'is not absolute, so the container runtime decides where it leads',
    backstep: 'holds ..'
  }

/** What is wrong with a path that the strict mode does not list. */
export const notAllowed = 'is not an allowed host path'

/** Judges one host path by the path model, then by the strict mode's list where there is one. */
export function judgeHostPath(
  host: HostPath,
  model: GuardModel
): Finding<HostPathReason> | undefined {
  const verdict = judgePath(host.path, model.paths)
  const found = (
    reason: HostPathReason,
    fault: string,
    remedy: string = hostPathReasons[reason].remedy
  ): Finding<HostPathReason> => ({
    verdict: isNodePrivilege(reason) ? model.guard.nodePrivileges : 'deny',
    reason,
    keys: host.keys,
    what: `${host.phrase} (${showPath(host.path)}) ${fault}`,
    remedy,
    subject: host.subject,
    path: pathText(host.path),
    ...resolved(host.path, verdict, model)
  })
  switch (verdict.kind) {
    case 'unusable':
      return found('HostPathUnusable', faults[verdict.fault])
    case 'reaches': {
      const { reason, what, remedy } = routes[verdict.route]
      return found(reason, `reaches ${what} (${showPath(verdict.at)})`, remedy)
    }
    case 'containerRuntime':
    case 'nodeFolder':
    case 'harmless': {
      if (!isAllowed(host, model)) return found('HostPathNotAllowed', notAllowed)
      if (verdict.kind === 'harmless') return undefined
      const { reason, what } = powers[verdict.kind]
      return found(reason, `reaches ${what} (${verdict.at}), ${isRoot}`)
    }
  }
}

/** What gives the node away without a way to the socket: guard.nodePrivileges decides about it. */
export const powers = {
  containerRuntime: { reason: 'ContainerRuntimeSocket', what: 'a container runtime socket' },
  nodeFolder: {
    reason: 'NodeFolder',
    what: 'a folder from which the node takes plugins, devices, pods, units or settings'
  }
} as const

/** Why each of them counts. */
export const isRoot = 'which is root on the node'

/** True for a word about the node itself: a warning, or a refusal where guard.nodePrivileges says so. */
export function isNodePrivilege(reason: HostPathReason): boolean {
  return Object.values(powers).some((power) => power.reason === reason)
}

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
