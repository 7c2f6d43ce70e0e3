import { istioProxyName } from '../../inject/names.ts'
import type { Svid } from '../certificates/svid.ts'
import type { CheckResult } from '../check.ts'
import { finding } from '../finding.ts'

/** What one pod showed first, and the later certificate with another serial number, if one came. */
export interface Watched {
  readonly first: Svid
  readonly rotated: Svid | undefined
  /** True where the pod ended while it was watched: nothing more can be said of it. */
  readonly gone: boolean
}

/**
 * Every certificate that was watched got a successor within `seconds`, in place, without a restart; `asked` counts
 * the Envoys that were to show one.
 */
export function checkRotation(
  all: readonly Watched[],
  asked: number,
  seconds: number
): CheckResult {
  const watched = all.filter(({ gone }) => !gone)
  const still = watched.filter(({ rotated }) => rotated === undefined)
  const why = `${asked - all.length} of ${asked} Envoys showed no certificate to watch`
  return {
    check: 'rotation',
    detail: `${watched.length - still.length} of ${watched.length} certificates rotated within ${seconds} s`,
    findings: still.map(({ first }) => {
      const { namespace, pod: name, serialNumber, notAfter } = first
      const message = `Envoy still has the serial number ${serialNumber} after ${seconds} s; its certificate ends at ${notAfter}: wait for more than half its life, or look at the agent`
      const command = `kubectl logs ${name} --namespace ${namespace} --container ${istioProxyName} --tail 50`
      return finding('NotRotated', { kind: 'Pod', namespace, name }, message, command)
    }),
    notSeen: asked === all.length ? [] : [{ resource: 'pods/exec', verb: 'create', why }]
  }
}
