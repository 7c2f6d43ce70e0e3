import { gunzipSync } from 'node:zlib'
import { parseAllDocuments } from 'yaml'
import { labelsOf, numberAt, textAt } from '../../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../../kubernetes/json.ts'
import { kubernetesYaml } from '../../manifests/kubernetes-yaml.ts'

/** What Helm keeps of a release. Its values are not looked at: they may hold secrets. */
export interface HelmRelease {
  readonly name: string
  readonly namespace: string
  readonly revision: number
  /** `deployed`, `pending-upgrade`, `failed` and others, as Helm labels its Secret. */
  readonly status: string
  /** Objects of our chart, as they were rendered: hooks and other charts' objects are left out. */
  readonly objects: readonly JsonObject[]
}

/** Bytes: a release of ours has a tenth of a MiB; one of an umbrella chart may have more. */
const most = 32 * 1024 * 1024

/**
 * Reads the Secret of a release: JSON, through gzip and base64 (helm pkg/storage/driver/util.go), in the base64 of
 * every Secret. Undefined where it is anything else.
 */
export function readRelease(secret: unknown): HelmRelease | undefined {
  const wire = Buffer.from(textAt(secret, 'data', 'release'), 'base64').toString('latin1')
  try {
    const packed = Buffer.from(wire, 'base64')
    const release: unknown = JSON.parse(
      gunzipSync(packed, { maxOutputLength: most }).toString('utf8')
    )
    const manifest = textAt(release, 'manifest')
    if (manifest === '') return undefined
    return {
      name: textAt(release, 'name'),
      namespace: textAt(release, 'namespace'),
      revision: numberAt(release, 'version'),
      status: textAt(secret, 'metadata', 'labels', 'status'),
      objects: ownObjects(manifest)
    }
  } catch {
    return undefined
  }
}

function ownObjects(manifest: string): readonly JsonObject[] {
  const documents = parseAllDocuments(manifest, kubernetesYaml)
  if (!Array.isArray(documents)) return []
  return documents.flatMap((document) => {
    const object: unknown = document.toJS({ maxAliasCount: 100 })
    return isObject(object) && isOwn(object) ? [object] : []
  })
}

/** The chart writes both labels to each of its objects (templates/_helpers.tpl). */
function isOwn(object: JsonObject): boolean {
  const labels = labelsOf(object)
  return (
    labels['app.kubernetes.io/name'] === 'spiffe-webhook' &&
    (labels['helm.sh/chart'] ?? '').startsWith('spiffe-webhook-')
  )
}
