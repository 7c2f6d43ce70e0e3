import { gzipSync } from 'node:zlib'
import { stringify } from 'yaml'
import type { JsonObject } from '../../../src/kubernetes/json.ts'
import { expectedObjects, type Install } from '../../../src/verify/objects/expected-objects.ts'
import { defaultConfig } from '../../config/default-config.ts'

const labels = {
  'app.kubernetes.io/name': 'spiffe-webhook',
  'app.kubernetes.io/instance': 'spiffe-webhook',
  'app.kubernetes.io/component': 'webhook'
}

/** The chart with its defaults. */
export const install: Install = {
  config: defaultConfig,
  namespace: 'spiffe-webhook',
  name: 'spiffe-webhook',
  checksum: 'checksum',
  values: {
    image: 'spiffe-webhook:1',
    timeoutSeconds: 5,
    admissionPolicy: false,
    podDisruptionBudget: true,
    networkPolicy: true
  },
  selector: labels,
  serviceAccount: 'spiffe-webhook'
}

/** An object as the API has it: with defaults, a status, and what only the chart knows. */
function stored(object: JsonObject): JsonObject {
  if (object.kind !== 'Deployment') return { ...object, status: {} }
  const { template, ...spec } = object.spec as { readonly template: JsonObject }
  const pod = template.spec as JsonObject
  return {
    ...object,
    spec: {
      ...spec,
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        ...template,
        metadata: { ...(template.metadata as JsonObject), labels },
        spec: {
          ...pod,
          serviceAccountName: 'spiffe-webhook',
          restartPolicy: 'Always',
          containers: (pod.containers as readonly JsonObject[]).map((container) => ({
            ...container,
            env: [{ name: 'A', value: 'b' }],
            terminationMessagePath: '/dev/termination-log'
          })),
          volumes: [...(pod.volumes as readonly JsonObject[]), { name: 'more', emptyDir: {} }]
        }
      }
    },
    status: { readyReplicas: 2 }
  }
}

/** Every object of the chart as the API has it after an installation, by its kind. */
export const installedObjects = (of: Install = install): ReadonlyMap<string, JsonObject> =>
  new Map(expectedObjects(of).map((object) => [String(object.kind), stored(object)]))

/** Helm's record of a release that rendered these objects and one of another chart, as the Secret has it. */
export function releaseSecret(
  objects: readonly JsonObject[],
  revision = 3,
  status = 'deployed'
): JsonObject {
  const own = { 'app.kubernetes.io/name': 'spiffe-webhook', 'helm.sh/chart': 'spiffe-webhook-1' }
  const manifest = objects
    .map((object) => {
      const { metadata } = object as { readonly metadata: JsonObject }
      return `---\n# Source: chart\n${stringify({ ...object, metadata: { ...metadata, labels: own } })}`
    })
    .join('')
  const other = '---\nkind: Service\nmetadata: {name: other, labels: {helm.sh/chart: other-1}}\n'
  const all = `${other}${manifest}`
  const release = { name: 'guard', namespace: 'spiffe-webhook', version: revision, manifest: all }
  const wire = gzipSync(JSON.stringify(release)).toString('base64')
  const metadata = { labels: { owner: 'helm', name: 'guard', status } }
  return { metadata, data: { release: Buffer.from(wire).toString('base64') } }
}
