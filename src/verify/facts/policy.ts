import type { Get } from '../../cluster/api.ts'
import { textAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { Seen } from '../check.ts'
import { getOne, listSome } from './seen.ts'

/** A ValidatingAdmissionPolicy, absent where there is none, and every binding that names it. */
export interface InstalledPolicy {
  readonly policy: JsonObject | undefined
  readonly bindings: readonly JsonObject[]
}

const group = '/apis/admissionregistration.k8s.io/v1'

/** Reads the policy of this name. */
export async function readPolicy(get: Get, name: string): Promise<Seen<InstalledPolicy>> {
  const [policies, all] = ['validatingadmissionpolicies', 'validatingadmissionpolicybindings']
  const resource = (plural: string): string => `${plural}.admissionregistration.k8s.io`
  const policy = await getOne(get, `${group}/${policies}/${name}`, resource(policies))
  if (policy.kind === 'notSeen') return policy
  const path = `${group}/${all}`
  const bindings = await listSome(get, { path }, resource(all), (object) =>
    textAt(object, 'spec', 'policyName') === name ? object : undefined
  )
  if (bindings.kind === 'notSeen') return bindings
  return { kind: 'seen', value: { policy: policy.value, bindings: bindings.value } }
}
