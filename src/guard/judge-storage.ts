import { nameOf } from '../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../kubernetes/json.ts'
import { quote } from '../kubernetes/quote.ts'
import type { GuardModel } from './guard-model.ts'
import { judgeHostPath } from './judge-host-path.ts'
import type { Violation } from './violation.ts'

const sources = ['hostPath', 'local'] as const

/**
 * A PersistentVolume puts a host path into any pod that claims it (TOB-K8S-038), and Pod Security does not
 * look at it. Nobody is exempt: dynamic provisioners turn a tenant's strings into paths.
 *
 * Restricted fields: spec.hostPath.path, spec.local.path; spec.csi.driver
 * Allowed values:    as for a pod's volume
 */
export function judgePersistentVolume(volume: JsonObject, model: GuardModel): readonly Violation[] {
  const spec = isObject(volume.spec) ? volume.spec : {}
  const name = nameOf(volume)
  const found = sources.flatMap((source) => {
    const value = spec[source]
    if (value === undefined || value === null) return []
    const violation = judgeHostPath(
      {
        path: isObject(value) ? value.path : undefined,
        field: `spec.${source}.path`,
        phrase: `${source} source of PersistentVolume ${quote(name)}`,
        subject: source,
        readOnly: false
      },
      model
    )
    return violation === undefined ? [] : [violation]
  })
  return [...found, ...judgeDriver(spec.csi, name, model)]
}

function judgeDriver(csi: unknown, name: string, model: GuardModel): readonly Violation[] {
  const driver = isObject(csi) ? csi.driver : undefined
  if (typeof driver !== 'string' || !model.deniedCsiDrivers.has(driver)) return []
  const remedy = `use the driver ${model.inject.csiDriver} in the pod`
  const message = `csi source of PersistentVolume ${quote(name)} names the driver ${quote(driver)}, which hands out another agent's socket: ${remedy}`
  const at = { field: 'spec.csi.driver', path: '', subject: 'csi' }
  return [{ ...at, verdict: 'deny', reason: 'CsiDriverDenied', message, remedy }]
}

/**
 * A StorageClass of a local provisioner names the folder of the volumes to come (rancher.io/local-path
 * parameters.nodePath). The volume itself is judged when it is made, so this only warns.
 */
export function judgeStorageClass(storage: JsonObject, model: GuardModel): readonly Violation[] {
  const parameters = storage.parameters
  const path = isObject(parameters) ? parameters.nodePath : undefined
  if (path === undefined || path === null) return []
  const found = judgeHostPath(
    {
      path,
      field: 'parameters.nodePath',
      phrase: `nodePath of StorageClass ${quote(nameOf(storage))}`,
      subject: 'nodePath',
      readOnly: false
    },
    model
  )
  return found === undefined ? [] : [{ ...found, verdict: 'warn', reason: 'StorageClassPath' }]
}
