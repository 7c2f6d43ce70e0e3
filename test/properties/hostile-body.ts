import { pod, review } from '../guard/decision-table-objects.ts'

/** One kind of content of a body: texts of one unit, repeated to a length, as many as its share of the bytes holds. */
export interface Part {
  readonly place: string
  readonly unit: string
  /** Characters of each text. */
  readonly length: number
  readonly share: number
}

/** A body as the search changes it: who asks about what, and the parts that fill it. */
export interface Genome {
  readonly request: string
  readonly parts: readonly Part[]
}

type Draft = Record<string, unknown>

/** What the parts are put into: the lists and maps of one pod, or of a volume or class of the same metadata. */
interface Body {
  readonly lists: Readonly<Record<ListName, unknown[]>>
  readonly maps: Readonly<Record<'annotations' | 'labels', Record<string, string>>>
  readonly proxy: Readonly<Record<'env' | 'volumeMounts' | 'args', unknown[]>>
  readonly capabilities: unknown[]
  readonly storage: Draft
}
type ListName =
  | 'volumes'
  | 'containers'
  | 'initContainers'
  | 'ephemeralContainers'
  | 'ownerReferences'

type Place = (body: Body, text: string, index: number) => void

const socketMount = '/spiffe-workload-api'
const named = (index: number): string => `n${index}`
const inList =
  (list: ListName, item: (text: string, name: string, index: number) => Draft): Place =>
  (body, text, index) =>
    body.lists[list].push(item(text, named(index), index))
const annotated =
  (key: (index: number) => string): Place =>
  ({ maps }, text, index) => {
    maps.annotations[key(index)] = text
  }
/** A source of a PersistentVolume, or a parameter of a StorageClass: one text each. */
const stored =
  (key: string, value: (text: string) => unknown = (text) => text): Place =>
  ({ storage }, text) => {
    storage[key] = value(text)
  }
const mounting = (name: string, mountPath: string): Draft => ({
  volumeMounts: [{ name, mountPath }]
})

const openEbs = 'cas.openebs.io/config'

/** Every place of a pod that some reader of the server looks at, with texts that it reads. */
const places: Readonly<Record<string, Place>> = {
  hostPath: inList('volumes', (path, name) => ({ name, hostPath: { path } })),
  volumeName: inList('volumes', (text, name) => ({ name: `${text}${name}` })),
  volumeKey: inList('volumes', (text, name) => ({ name, [text]: null })),
  csi: inList('volumes', (text, name) => ({
    name,
    csi: { driver: text, volumeAttributes: { [text]: text } }
  })),
  ownCsi: inList('volumes', (_, name) => ({ name, csi: { driver: 'csi.spiffe.io' } })),
  flexVolume: inList('volumes', (text, name) => ({
    name,
    flexVolume: { options: { __proto__: text } }
  })),
  sameVolume: inList('volumes', () => ({ name: 'workload-socket', emptyDir: {} })),
  certs: inList('volumes', () => ({ name: 'workload-certs' })),
  container: inList('containers', (text, name) => ({ name, image: text, workingDir: text })),
  mountingContainer: inList('containers', (path, name) => ({ name, ...mounting(name, path) })),
  appContainer: inList('containers', (_, name, index) => ({
    name,
    ...mounting(named(index + 1e6), socketMount)
  })),
  longName: inList('containers', (text, name) => ({
    name: `${text}${name}`,
    securityContext: { privileged: true }
  })),
  proxies: inList('initContainers', (text) => ({
    name: 'istio-proxy',
    image: text,
    args: ['proxy']
  })),
  initContainer: inList('initContainers', (path, name) => ({
    name,
    restartPolicy: 'Always',
    ...mounting('workload-socket', path)
  })),
  ephemeral: inList('ephemeralContainers', (_, name, index) => ({
    name: `e${name}`,
    targetContainerName: named(index),
    ...mounting(named(index), '/x')
  })),
  joining: inList('ephemeralContainers', (_, name) => ({
    name: `j${name}`,
    targetContainerName: `j${name}`
  })),
  owner: inList('ownerReferences', (text, name) => ({ kind: text, name })),
  proxyMount: ({ proxy }, mountPath, index) =>
    proxy.volumeMounts.push({ name: named(index), mountPath }),
  proxyEnv: ({ proxy }, text, index) => proxy.env.push({ name: `${text}${index}`, value: text }),
  sameEnv: ({ proxy }, value) => proxy.env.push({ name: 'CA_ADDR', value }),
  proxyArg: ({ proxy }, text) => proxy.args.push(text),
  capability: ({ capabilities }, text, index) => capabilities.push(`${text}${index}`),
  nri: annotated((index) => `mounts.nri.io/container.n${index}`),
  userVolume: annotated(() => 'sidecar.istio.io/userVolume'),
  appContainers: annotated(() => 'spiffe-webhook/app-containers'),
  openEbs: ({ maps: { annotations } }, text, index) => {
    annotations[openEbs] = `${annotations[openEbs] ?? ''} ${text}${index}`
  },
  nodePath: stored('nodePath'),
  pathPattern: stored('pathPattern'),
  local: stored('local', (path) => ({ path })),
  volumeDriver: stored('csi', (driver) => ({ driver })),
  annotation: annotated((index) => `a${index}`),
  label: ({ maps }, text, index) => {
    maps.labels[`l${index}`] = text
  }
}

/** Names of the places. */
export const placeNames: readonly string[] = Object.keys(places)

/** An object with the pod's metadata and what is stored. */
const storage = (apiVersion: string, kind: string, { metadata, stored }: Draft): Draft =>
  kind === 'PersistentVolume'
    ? { apiVersion, kind, metadata, spec: stored }
    : { apiVersion, kind, metadata, provisioner: 'rancher.io/local-path', parameters: stored }

const spec = (object: Draft): object => object.spec as object

/** Who asks: each is a way through the readers of its own. */
const requests: Readonly<Record<string, (object: Draft) => unknown>> = {
  create: (object) => review(asPod(object)),
  update: (object) =>
    review(asPod(object), { operation: 'UPDATE', oldObject: structuredClone(object) }),
  updateOfLess: (object) =>
    review(asPod(object), {
      operation: 'UPDATE',
      oldObject: { ...object, spec: { containers: [] } }
    }),
  ephemeral: (object) =>
    review(asPod(object), {
      operation: 'UPDATE',
      subResource: 'ephemeralcontainers',
      oldObject: { ...object, spec: { ...spec(object), ephemeralContainers: [] } }
    }),
  sharing: (object) =>
    review(asPod({ ...object, spec: { ...spec(object), shareProcessNamespace: true } }), {
      operation: 'UPDATE',
      subResource: 'ephemeralcontainers'
    }),
  mirror: (object) => {
    const metadata = object.metadata as { readonly annotations: object }
    const annotations = { ...metadata.annotations, 'kubernetes.io/config.mirror': 'x' }
    return review(asPod({ ...object, metadata: { ...metadata, annotations } }), {
      groups: ['system:nodes']
    })
  },
  everyApp: (object) => {
    const metadata = object.metadata as { readonly annotations: object }
    const annotations = { 'spiffe-webhook/app-containers': '*', ...metadata.annotations }
    return review(asPod({ ...object, metadata: { ...metadata, annotations } }))
  },
  template: (object) =>
    review({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'x' },
      spec: { template: object }
    }),
  updatedTemplate: (object) =>
    review(
      {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'x' },
        spec: { template: object }
      },
      { operation: 'UPDATE', oldObject: { spec: { template: { ...object, spec: {} } } } }
    ),
  binding: ({ metadata }) =>
    review(asPod({ apiVersion: 'v1', kind: 'Binding', metadata }), { subResource: 'binding' }),
  updatedVolume: (object) =>
    review(asPod(storage('v1', 'PersistentVolume', object)), { oldObject: { spec: {} } }),
  storageClass: (object) =>
    review(asPod(storage('storage.k8s.io/v1', 'StorageClass', object)), {
      oldObject: storage('storage.k8s.io/v1', 'StorageClass', object)
    })
}

/** Names of the ways to ask. */
export const requestNames: readonly string[] = Object.keys(requests)

const asPod = (object: Draft): ReturnType<typeof pod> => object as ReturnType<typeof pod>

/** Writes a body of about this many bytes. */
export function bodyOf({ request, parts }: Genome, size: number): string {
  const lists = {
    volumes: [],
    containers: [],
    initContainers: [],
    ephemeralContainers: [],
    ownerReferences: []
  }
  const body: Body = {
    lists,
    maps: { annotations: {}, labels: {} },
    proxy: { env: [], volumeMounts: [], args: ['proxy'] },
    capabilities: [],
    storage: {}
  }
  const whole = parts.reduce((sum, { share }) => sum + share, 0)
  const halved = /^(update|updatedTemplate|storageClass)$/.test(request) ? 2 : 1
  for (const { place, unit, length, share } of parts) {
    const room = (size * share) / whole / halved
    const text = unit.repeat(Math.ceil(Math.min(length, room) / unit.length))
    const each = JSON.stringify(text).length + overhead
    for (let index = 0; index < Math.max(1, room / each); index++)
      places[place]?.(body, text, index)
  }
  return JSON.stringify(requests[request]?.(objectOf(body)))
}

/** Bytes of an item around its text, roughly. */
const overhead = 40

function objectOf({ lists, maps, proxy, capabilities, storage: stored }: Body): Draft {
  const { ownerReferences, ...containers } = lists
  const istio = { name: 'istio-proxy', image: 'proxyv2:1.27.0', ...proxy }
  const app = { name: 'app', image: 'a', securityContext: { capabilities: { add: capabilities } } }
  return {
    ...pod(),
    stored,
    metadata: { name: 'pod', namespace: 'app', ...maps, ownerReferences },
    spec: { ...containers, containers: [istio, app, ...lists.containers] }
  }
}
