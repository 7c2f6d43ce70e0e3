import { labelsOf, nameOf, namespaceOf, textAt, valueAt } from '../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../kubernetes/json.ts'
import { podTemplatePath } from '../kubernetes/pod-template.ts'
import type { ManifestObject } from '../manifests/objects.ts'
import { judgeTrust } from '../verify/checks/trust.ts'
import { readMeshConfig } from '../verify/facts/mesh.ts'
import type { PlanFacts } from './plan.ts'
import { collectWorkloads } from './workload.ts'

/**
 * The facts of manifests: every template is judged as if its pods were created, in the namespaces that are among them. Trust is
 * judged where Istio's ConfigMap is.
 */
export function factsOfManifests(
  objects: readonly ManifestObject[],
  trustDomain: string | undefined,
  selector?: JsonObject
): PlanFacts {
  const workloads = collectWorkloads(selector)
  for (const { group, kind, namespace, name, value } of objects) {
    const keys = podTemplatePath(group, kind)
    const template = keys === undefined ? undefined : valueAt(value, keys)
    if (isObject(template)) workloads.addTemplate(namespace, { kind, name }, template)
  }
  const of = (wanted: string): readonly JsonObject[] =>
    objects.filter(({ kind }) => kind === wanted).map(({ value }) => value)
  const mutating = of('MutatingWebhookConfiguration')
  const map = of('ConfigMap').find(
    (object) => nameOf(object) === 'istio' && namespaceOf(object) === 'istio-system'
  )
  const mesh = map === undefined ? undefined : readMeshConfig(textAt(map, 'data', 'mesh'))
  return {
    namespaces: of('Namespace').map((object) => ({
      name: nameOf(object),
      labels: labelsOf(object)
    })),
    workloads: workloads.result(),
    mutating: mutating.length === 0 ? undefined : mutating,
    trust:
      mesh === undefined
        ? []
        : judgeTrust({
            trustDomain,
            mesh,
            policies: of('AuthorizationPolicy'),
            moved: [],
            staying: 1
          })
  }
}
