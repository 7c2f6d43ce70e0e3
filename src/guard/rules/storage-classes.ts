import { nameOf } from '../../kubernetes/fields.ts'
import { isObject } from '../../kubernetes/json.ts'
import { quote } from '../../kubernetes/quote.ts'
import { judgeHostPath } from '../host-path.ts'
import type { RuleAbout } from './rule.ts'

/**
 * A StorageClass of a local provisioner names the folder of the volumes to come. The volume itself is judged when it
 * is made, so this rule only warns.
 *
 * Restricted fields: parameters.nodePath (rancher.io/local-path)
 * Allowed values:    as for a pod's volume
 */
export const storageClasses: RuleAbout<'storageClass', 'StorageClassPath'> = {
  about: 'storageClass',
  reasons: {
    StorageClassPath: {
      meaning: 'A StorageClass makes volumes on a path that leads to the socket.',
      remedy: 'use another folder for the volumes of the StorageClass'
    }
  },
  *find(storage, model) {
    const path = isObject(storage.parameters) ? storage.parameters.nodePath : undefined
    if (path === undefined || path === null) return
    const found = judgeHostPath(
      {
        path,
        keys: ['parameters', 'nodePath'],
        phrase: `nodePath of StorageClass ${quote(nameOf(storage))}`,
        subject: 'nodePath',
        readOnly: false
      },
      model
    )
    if (found !== undefined) yield { ...found, verdict: 'warn', reason: 'StorageClassPath' }
  }
}
