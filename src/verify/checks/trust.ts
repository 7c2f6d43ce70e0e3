import type { X509Certificate } from 'node:crypto'
import { listAt, nameOf, namespaceOf, textsAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import { trustOf } from '../certificates/chain.ts'
import type { CheckResult } from '../check.ts'
import type { MeshConfig } from '../facts/mesh.ts'
import { type Finding, finding, type ObjectRef } from '../finding.ts'

/** How a moved sidecar and istiod's CA stand to each other, from what its Envoy holds. */
export interface MovedSide {
  /** Of its SPIFFE ID. */
  readonly trustDomain: string
  /** Its certificate leads to a root that istiod distributes: the others accept it. */
  readonly sharesRoot: boolean
  /** Its Envoy holds a root of istiod's CA: it accepts the others. */
  readonly trustsIstiod: boolean
  /** Its certificate and those above it, leaf first. */
  readonly chain: readonly X509Certificate[]
}

/** What is known of trust. */
export interface TrustFacts {
  /** Of the Workload API; undefined: not known. */
  readonly trustDomain: string | undefined
  /** Undefined: not seen, or not YAML. */
  readonly mesh: MeshConfig | undefined
  readonly policies: readonly JsonObject[]
  /** Of the Envoys that were asked; empty: none. */
  readonly moved: readonly MovedSide[]
  /**
   * Pods whose sidecar is not on the Workload API; without one there is nobody to disagree with. Undefined where not
   * every pod was looked at.
   */
  readonly staying: number | undefined
}

/** `cluster.local` in a policy means the mesh's own trust domain (istio pilot/pkg/security/trustdomain). */
const localAlias = 'cluster.local'

const map: ObjectRef = { kind: 'ConfigMap', namespace: 'istio-system', name: 'istio' }
const showMap = 'kubectl get configmap istio --namespace istio-system -o yaml'

/** Whether the next namespace may be moved: would its sidecars and those that stay accept each other? */
export function checkTrust(facts: TrustFacts): CheckResult {
  const findings = judgeTrust(facts)
  const isBad = findings.some(({ reason }) => reason !== 'PrincipalNotInMesh')
  const say = (answer: string): string => `${answer}: ${standing(facts)}`
  const detail =
    facts.moved.length === 0
      ? 'no sidecar on the Workload API showed its certificate, so its trust is unknown'
      : isBad
        ? say('do not move the next namespace yet')
        : facts.staying === 0
          ? say('every sidecar is on the Workload API')
          : say('the next namespace may be moved')
  return { check: 'trust', detail, findings, notSeen: [] }
}

/** Trust domains and roots of both sides, in words. */
function standing({ trustDomain, mesh, moved }: TrustFacts): string {
  const domains =
    trustDomain === mesh?.trustDomain
      ? `one trust domain ${trustDomain}`
      : `the mesh has ${mesh?.trustDomain ?? 'an unknown trust domain'}, moved sidecars have ${trustDomain ?? 'an unknown one'}`
  const roots = moved.every(({ sharesRoot }) => sharesRoot) ? 'one root' : 'two roots'
  return `${domains}, ${roots}`
}

/** Judges whether moved sidecars and the others accept each other while both run. */
export function judgeTrust(facts: TrustFacts): readonly Finding[] {
  const { trustDomain, mesh, policies, moved, staying } = facts
  if (mesh === undefined) return []
  const domain = judgeDomain(trustDomain, mesh)
  // Roots come after the trust domain: as long as that is not accepted, they change nothing.
  const roots = domain.length > 0 || staying === 0 ? [] : judgeRoots(trustDomain, mesh, moved)
  const ofPolicies = policies.flatMap((policy) => judgePolicy(policy, trustDomain, mesh))
  return [...domain, ...roots, ...ofPolicies]
}

function judgeDomain(trustDomain: string | undefined, mesh: MeshConfig): readonly Finding[] {
  if (trustDomain === undefined) {
    const message = `the mesh has the trust domain ${mesh.trustDomain}; that of moved sidecars is not known: name it with --trust-domain`
    return [finding('TrustDomainUnknown', map, message, showMap)]
  }
  const accepted = [mesh.trustDomain, ...mesh.trustDomainAliases]
  if (accepted.includes(trustDomain)) return []
  const message = `moved sidecars get identities of ${trustDomain}, the mesh accepts ${accepted.join(', ')}: add ${trustDomain} to meshConfig.trustDomainAliases first`
  return [finding('TrustDomainNotAccepted', map, message, showMap)]
}

function judgeRoots(
  trustDomain: string | undefined,
  mesh: MeshConfig,
  moved: readonly MovedSide[]
): readonly Finding[] {
  const isShared = moved.length > 0 && moved.every(({ sharesRoot }) => sharesRoot)
  if (trustDomain === undefined || isShared) return []
  const findings: Finding[] = []
  const isOther = trustDomain !== mesh.trustDomain || moved.length > 0
  if (isOther && !mesh.certificateDomains.includes(trustDomain)) {
    const message = `sidecars that are not moved get no root of ${trustDomain}: add it to meshConfig.caCertificates with trustDomains [${trustDomain}] first, unless both sides have one root`
    findings.push(finding('RootNotDistributed', map, message, showMap))
  } else if (isOther && !mesh.isAskedForRoots) {
    const message = `sidecars that are not moved do not ask for the roots in meshConfig.caCertificates: set PROXY_CONFIG_XDS_AGENT: "true" in meshConfig.defaultConfig.proxyMetadata, ISTIO_MULTIROOT_MESH: "true" at istiod, and restart them once`
    findings.push(finding('RootNotDistributed', map, message, showMap))
  } else if (moved.some((side) => !isDistributed(side, mesh))) {
    const message = `the certificate of a moved sidecar leads to no root in meshConfig.caCertificates: the root of ${trustDomain} has changed since, so copy it there anew`
    findings.push(finding('RootNotDistributed', map, message, showMap))
  }
  if (moved.some(({ trustsIstiod }) => !trustsIstiod)) {
    const message = `Envoys of moved sidecars do not hold istiod's root, so they refuse sidecars that are not moved: federate it into the Workload API first`
    findings.push(finding('BundleWithoutIstiod', map, message, showMap))
  }
  return findings
}

/** A root that comes by an address instead of in the configuration is not seen here. */
function isDistributed({ sharesRoot, chain }: MovedSide, { certificates }: MeshConfig): boolean {
  return sharesRoot || certificates.length === 0 || trustOf(chain, certificates) !== 'none'
}

function judgePolicy(
  policy: JsonObject,
  trustDomain: string | undefined,
  mesh: MeshConfig
): readonly Finding[] {
  const accepted = new Set([mesh.trustDomain, ...mesh.trustDomainAliases, localAlias, '*'])
  const principals = listAt(policy, 'spec', 'rules')
    .flatMap((rule) => listAt(rule, 'from'))
    .flatMap(({ source }) => [
      ...textsAt(source, 'principals'),
      ...textsAt(source, 'notPrincipals')
    ])
  const foreign = principals.filter((principal) => !accepted.has(domainOf(principal)))
  const [first] = foreign
  if (first === undefined) return []
  const [namespace, name] = [namespaceOf(policy), nameOf(policy)]
  const isMoved = foreign.every((principal) => domainOf(principal) === trustDomain)
  const remedy = isMoved
    ? 'add it to meshConfig.trustDomainAliases'
    : `write the principal with ${mesh.trustDomain}; Istio accepts its aliases too`
  const message = `names the principal ${first}, and the mesh knows no trust domain ${domainOf(first)}: ${remedy}`
  const command = `kubectl get authorizationpolicy ${name} --namespace ${namespace} -o yaml`
  return [
    finding(
      'PrincipalNotInMesh',
      { kind: 'AuthorizationPolicy', namespace, name },
      message,
      command
    )
  ]
}

/** The part of a principal before the first slash; a pattern that opens with * fits every trust domain. */
function domainOf(principal: string): string {
  return principal.startsWith('*') ? '*' : (principal.split('/')[0] ?? '')
}
