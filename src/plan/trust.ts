import { listAt, nameOf, namespaceOf, textsAt } from '../kubernetes/fields.ts'
import type { JsonObject } from '../kubernetes/json.ts'
import type { MeshConfig } from './mesh-config.ts'

/** Why moved sidecars and the others would not accept each other. */
export const trustReasons = {
  TrustDomainUnknown:
    'The trust domain of the Workload API is not known, so it was not compared with that of the mesh.',
  MeshConfigNotSeen: "Istio's mesh configuration could not be read.",
  TrustDomainNotAccepted:
    'The mesh accepts neither as its trust domain nor as an alias the trust domain of moved sidecars.',
  RootNotDistributed:
    'Sidecars that are not moved yet get no root certificate for the trust domain of moved ones.',
  PrincipalNotInMesh:
    'An AuthorizationPolicy names a principal of a trust domain that the mesh does not know.'
} as const

/** One word of the list. */
export type TrustReason = keyof typeof trustReasons

/** One thing about trust that a person must know before pods move. */
export interface TrustFinding {
  readonly reason: TrustReason
  readonly severity: 'error' | 'warning' | 'info'
  /** `Kind namespace/name`. */
  readonly object: string
  /** One sentence: what, where, and what to do. */
  readonly message: string
}

/** What is known of trust. */
export interface TrustFacts {
  /** Of the Workload API; undefined: not known. */
  readonly trustDomain: string | undefined
  /** Undefined: not seen. */
  readonly mesh: MeshConfig | undefined
  readonly policies: readonly JsonObject[]
}

/** `cluster.local` in a policy means the mesh's own trust domain (istio pilot/pkg/security/trustdomain). */
const localAlias = 'cluster.local'

const meshMap = 'ConfigMap istio-system/istio'

/** Judges whether moved and unmoved sidecars would accept each other while both run. */
export function judgeTrust({ trustDomain, mesh, policies }: TrustFacts): readonly TrustFinding[] {
  if (mesh === undefined) {
    return [
      {
        reason: 'MeshConfigNotSeen',
        severity: 'warning',
        object: meshMap,
        message: `${meshMap} could not be read: check trustDomain, trustDomainAliases and caCertificates by hand`
      }
    ]
  }
  return [
    ...judgeDomain(trustDomain, mesh),
    ...policies.flatMap((one) => judgePolicy(one, trustDomain, mesh))
  ]
}

function judgeDomain(trustDomain: string | undefined, mesh: MeshConfig): readonly TrustFinding[] {
  const at = { object: meshMap }
  if (trustDomain === undefined) {
    const message = `the mesh has the trust domain ${mesh.trustDomain}; that of the Workload API is not known: name it with --trust-domain`
    return [{ ...at, reason: 'TrustDomainUnknown', severity: 'warning', message }]
  }
  if (trustDomain === mesh.trustDomain) return []
  if (!mesh.trustDomainAliases.includes(trustDomain)) {
    const message = `moved sidecars get identities of ${trustDomain}, the mesh accepts ${[mesh.trustDomain, ...mesh.trustDomainAliases].join(', ')}: add ${trustDomain} to meshConfig.trustDomainAliases first`
    return [{ ...at, reason: 'TrustDomainNotAccepted', severity: 'error', message }]
  }
  if (!mesh.certificateDomains.includes(trustDomain)) {
    const message = `sidecars that are not moved yet get no root of ${trustDomain}: add it to meshConfig.caCertificates with trustDomains [${trustDomain}] first, unless both sides have one root`
    return [{ ...at, reason: 'RootNotDistributed', severity: 'warning', message }]
  }
  return []
}

function judgePolicy(
  policy: JsonObject,
  trustDomain: string | undefined,
  mesh: MeshConfig
): readonly TrustFinding[] {
  const accepted = new Set([mesh.trustDomain, ...mesh.trustDomainAliases, localAlias, '*'])
  const principals = listAt(policy, 'spec', 'rules')
    .flatMap((rule) => listAt(rule, 'from'))
    .flatMap(({ source }) => [
      ...textsAt(source, 'principals'),
      ...textsAt(source, 'notPrincipals')
    ])
  const foreign = principals.filter((principal) => !accepted.has(domainOf(principal)))
  if (foreign.length === 0) return []
  const object = `AuthorizationPolicy ${namespaceOf(policy)}/${nameOf(policy)}`
  const isMoved = foreign.every((principal) => domainOf(principal) === trustDomain)
  const message = `${object} names ${foreign[0]}, and the mesh knows no trust domain ${domainOf(foreign[0] ?? '')}: ${isMoved ? 'add it to meshConfig.trustDomainAliases' : `write the principal with ${mesh.trustDomain}, and Istio accepts its aliases too`}`
  return [{ reason: 'PrincipalNotInMesh', severity: 'warning', object, message }]
}

/** The part of a principal before the first slash; a pattern that opens with * fits every trust domain. */
function domainOf(principal: string): string {
  return principal.startsWith('*') ? '*' : (principal.split('/')[0] ?? '')
}
