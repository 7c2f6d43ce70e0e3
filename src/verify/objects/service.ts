import { listAt, stringsAt, textAt, valueAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { ObjectDifference } from './compare.ts'

/** The port at which API servers call a Service that names none (admissionregistration.k8s.io/v1 ServiceReference). */
const calledPort = 443

const unreachable = (what: string, effect: string): ObjectDifference => ({
  reason: 'ServerUnreachable',
  what,
  effect
})

/**
 * The Service leads to the replicas. `template` are the labels of their pods; undefined where the Deployment was not
 * seen.
 */
export function compareService(
  rendered: JsonObject,
  found: JsonObject,
  template: Readonly<Record<string, string>> | undefined
): readonly ObjectDifference[] {
  if (textAt(found, 'spec', 'type') === 'ExternalName') {
    return [unreachable('is of type ExternalName', 'API servers are sent out of the cluster')]
  }
  return [...compareSelector(rendered, found, template), ...comparePorts(rendered, found)]
}

function compareSelector(
  rendered: JsonObject,
  found: JsonObject,
  template: Readonly<Record<string, string>> | undefined
): readonly ObjectDifference[] {
  const wanted = stringsAt(rendered, 'spec', 'selector')
  const has = stringsAt(found, 'spec', 'selector')
  const pods = template ?? wanted
  const off = Object.entries(has).filter(([key, value]) => pods[key] !== value)
  const lacks = Object.keys(wanted).filter((key) => !Object.hasOwn(has, key))
  if (Object.keys(has).length === 0) {
    return [unreachable('has no selector', 'it selects no pod, so no replica is called')]
  }
  // Neither the Deployment nor a record says which labels the replicas have.
  if (Object.keys(pods).length === 0) return []
  if (off.length > 0) {
    const labels = off.map(
      ([key, value]) => `${key} is ${value}, and of the replicas ${pods[key] ?? 'absent'}`
    )
    return [unreachable(`selects no replica: ${labels.join('; ')}`, 'every call fails')]
  }
  if (lacks.length === 0) return []
  const what = `selects more than the replicas: it lacks ${lacks.join(', ')}`
  return [{ reason: 'ObjectDiffers', what, effect: 'API servers may call other pods' }]
}

function comparePorts(rendered: JsonObject, found: JsonObject): readonly ObjectDifference[] {
  const target = (service: JsonObject, port: unknown): string | undefined => {
    const entry = listAt(service, 'spec', 'ports').find((one) => one.port === port)
    return entry === undefined ? undefined : String(valueAt(entry, ['targetPort']) ?? port)
  }
  return listAt(rendered, 'spec', 'ports').flatMap(({ port }): readonly ObjectDifference[] => {
    const [wanted, has] = [target(rendered, port), target(found, port)]
    if (has === wanted) return []
    const what =
      has === undefined
        ? `has no port ${port}`
        : `sends port ${port} to ${has}, not to the container's port ${wanted}`
    return port === calledPort
      ? [unreachable(what, 'no replica is called')]
      : [{ reason: 'ObjectDiffers', what, effect: 'probes and metrics are not reached by it' }]
  })
}
