import { parseDocument } from 'yaml'
import { listAt, textAt, textsAt } from '../kubernetes/fields.ts'

/** What of Istio's mesh configuration decides who trusts whom (istio api/mesh/v1alpha1 MeshConfig). */
export interface MeshConfig {
  readonly trustDomain: string
  readonly trustDomainAliases: readonly string[]
  /** Trust domains for which caCertificates holds a root. */
  readonly certificateDomains: readonly string[]
}

/** Istio's default (pkg/config/constants DefaultClusterLocalDomain). */
const defaultTrustDomain = 'cluster.local'

/** Reads the key `mesh` of the ConfigMap istio; undefined where it is not YAML. */
export function readMeshConfig(text: string): MeshConfig | undefined {
  const document = parseDocument(text, { logLevel: 'error' })
  if (document.errors.length > 0) return undefined
  const mesh: unknown = document.toJS({ maxAliasCount: 100 })
  return {
    trustDomain: textAt(mesh, 'trustDomain') || defaultTrustDomain,
    trustDomainAliases: textsAt(mesh, 'trustDomainAliases'),
    certificateDomains: listAt(mesh, 'caCertificates').flatMap((entry) =>
      textsAt(entry, 'trustDomains')
    )
  }
}
