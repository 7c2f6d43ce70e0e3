import { isObject } from '../../kubernetes/json.ts'
import type { PodSpec } from '../../kubernetes/pod.ts'
import { quote } from '../../kubernetes/quote.ts'
import { type HostPathReason, hostPathReasons, judgeHostPath } from '../host-path.ts'
import type { PodRule } from './rule.ts'

/**
 * Pods reach the Workload API through csi.spiffe.io, never through the node's file system.
 *
 * Restricted fields: spec.volumes[*].hostPath.path, mounted or not: an ephemeral container may mount it later
 * Allowed values:    any path that is not, does not hold and does not lie in a route to the socket
 */
export const hostPathVolumes: PodRule<HostPathReason> = {
  about: 'pod',
  reasons: hostPathReasons,
  sees: () => [
    {
      verdict: 'deny',
      volume: 'has(v.hostPath)',
      listed: 'v.hostPath.path in e.paths',
      says: { hostPath: 'v.hostPath.path', what: `'hostPath volume "' + v.name + '"'` }
    }
  ],
  *find({ spec }, model) {
    const writable = model.allowed === undefined ? undefined : writableMounts(spec)
    for (const [index, { hostPath, name }] of (spec?.volumes ?? []).entries()) {
      if (hostPath === undefined || hostPath === null) continue
      const found = judgeHostPath(
        {
          path: isObject(hostPath) ? hostPath.path : undefined,
          keys: ['spec', 'volumes', index, 'hostPath', 'path'],
          phrase: `hostPath volume ${quote(name)}`,
          subject: name,
          readOnly: writable === undefined || !writable.has(name)
        },
        model
      )
      if (found !== undefined) yield found
    }
  }
}

/** The names of volumes that some container mounts without readOnly. */
function writableMounts(spec: PodSpec | null | undefined): ReadonlySet<string> {
  const containers = [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
    ...(spec?.ephemeralContainers ?? [])
  ]
  const mounts = containers.flatMap(({ volumeMounts }) => volumeMounts ?? [])
  return new Set(mounts.filter((mount) => mount.readOnly !== true).map(({ name }) => name))
}
