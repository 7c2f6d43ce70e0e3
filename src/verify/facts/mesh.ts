import type { X509Certificate } from 'node:crypto'
import { parseDocument } from 'yaml'
import type { Get } from '../../cluster/api.ts'
import { listAt, textAt, textsAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import { certificates } from '../certificates/envoy-secrets.ts'
import type { Seen } from '../check.ts'
import { getOne, listSome, mapSeen } from './seen.ts'

/** What of Istio's mesh configuration decides who trusts whom (istio api/mesh/v1alpha1 MeshConfig). */
export interface MeshConfig {
  readonly trustDomain: string
  readonly trustDomainAliases: readonly string[]
  /** Trust domains for which caCertificates has a root. */
  readonly certificateDomains: readonly string[]
  /** The roots themselves, those that can be read. */
  readonly certificates: readonly X509Certificate[]
  /** Whether sidecars ask for those roots (PROXY_CONFIG_XDS_AGENT); a pod's own proxy.istio.io/config is not seen. */
  readonly isAskedForRoots: boolean
}

/** Mesh configuration and AuthorizationPolicies; a configuration that is not YAML is undefined. */
export interface MeshFacts {
  readonly mesh: Seen<MeshConfig | undefined>
  readonly policies: Seen<readonly JsonObject[]>
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
    ),
    certificates: listAt(mesh, 'caCertificates').flatMap((entry) => readable(textAt(entry, 'pem'))),
    isAskedForRoots:
      textAt(mesh, 'defaultConfig', 'proxyMetadata', 'PROXY_CONFIG_XDS_AGENT') === 'true'
  }
}

function readable(pem: string): readonly X509Certificate[] {
  try {
    return certificates(pem)
  } catch {
    return []
  }
}

/** Reads what a mesh says of trust. A cluster without Istio's types answers 404: no policy, then. */
export async function readMesh(get: Get, namespace: string | undefined): Promise<MeshFacts> {
  const map = await getOne(get, '/api/v1/namespaces/istio-system/configmaps/istio', 'configmaps')
  const within = namespace === undefined ? '' : `/namespaces/${namespace}`
  const path = `/apis/security.istio.io/v1${within}/authorizationpolicies`
  const resource = 'authorizationpolicies.security.istio.io'
  const policies =
    (await get(`${path}?limit=1`)).status === 404
      ? ({ kind: 'seen', value: [] } as const)
      : await listSome(get, { path }, resource, (object) => object)
  return {
    mesh: mapSeen(map, (object) =>
      object === undefined ? undefined : readMeshConfig(textAt(object, 'data', 'mesh'))
    ),
    policies
  }
}
