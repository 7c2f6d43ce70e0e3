import { sentence } from '../../guard/sentences.ts'
import type { CheckResult } from '../check.ts'
import { finding } from '../finding.ts'
import type { BadVolume } from '../pods/reach.ts'

/** PersistentVolumes that lead to the socket, mounted or not: the guard refuses new ones, old ones stay. */
export function checkPersistentVolumes(count: number, bad: readonly BadVolume[]): CheckResult {
  return {
    check: 'persistent-volumes',
    detail: `${bad.length} of ${count} PersistentVolumes lead to the socket`,
    findings: bad.map(({ name, claim, finding: found }) => {
      const whose = claim === '' ? 'no claim has it' : `claim ${claim} has it`
      const message = `${sentence(found)} (${whose})`
      const at = { kind: 'PersistentVolume', name }
      return finding('PersistentVolumeReachesSocket', at, message, `kubectl delete pv ${name}`)
    }),
    notSeen: []
  }
}
