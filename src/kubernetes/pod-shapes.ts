import { isObject, type JsonObject } from './json.ts'
import { podTemplatePath } from './pod-template.ts'

/** Where an object carries a pod, or a part of one. */
export interface PodPlace {
  /** The keys that lead from the object to it. */
  readonly keys: readonly (string | number)[]
  /**
   * `kind`: a kind of Kubernetes itself, whose pods are where its API says. The others are found by their shape:
   * `template` has metadata and a spec with containers; `part` is a list of volumes or containers without a template.
   */
  readonly found: 'kind' | 'template' | 'part'
}

/** API groups whose objects hold patterns of pods, from which no pod is created: policies, constraints, schemas. */
const patternGroups =
  /(^|\.)(kyverno\.io|gatekeeper\.sh|kubewarden\.io|apiextensions\.k8s\.io|admissionregistration\.k8s\.io)$/

/** True for an object that describes pods that others create, such as a Kyverno policy. */
export function isPattern(group: string): boolean {
  return patternGroups.test(group)
}

/**
 * Finds every pod that an object carries. A kind of Kubernetes has one place; in any other object, at any depth, a
 * pod is known by its shape, in time linear in the object.
 */
export function podPlaces(group: string, kind: string, value: JsonObject): readonly PodPlace[] {
  const known = podTemplatePath(group, kind)
  if (known !== undefined) return [{ keys: known, found: 'kind' }]
  // An AdmissionReview carries an object of its own, which is judged as the review says.
  if (group === 'admission.k8s.io') return []
  const places: PodPlace[] = []
  for (const [key, inner] of Object.entries(value)) {
    // What was created, and by whom: neither says what will be created.
    if (key === 'metadata' || key === 'status') continue
    walk(inner, { key }, places)
  }
  return places
}

/** Keys from the inside out: a copy for each value would be quadratic. */
interface Path {
  readonly key: string | number
  readonly parent?: Path
}

function walk(value: unknown, path: Path, places: PodPlace[]): void {
  if (Array.isArray(value)) {
    for (const [key, inner] of value.entries()) walk(inner, { key, parent: path }, places)
    return
  }
  if (!isObject(value)) return
  const hasSpec = isPodSpec(value.spec)
  if (hasSpec) places.push({ keys: keysOf(path), found: 'template' })
  if (isPart(value)) places.push({ keys: keysOf(path), found: 'part' })
  for (const [key, inner] of Object.entries(value)) {
    if (!(hasSpec && key === 'spec')) walk(inner, { key, parent: path }, places)
  }
}

const isPodSpec = (value: unknown): boolean =>
  isObject(value) && listOf(value.containers, isContainer)

/** A volume or a container by itself is not enough: `volumes: [data]` is a list of names in many kinds. */
const isPart = (value: JsonObject): boolean =>
  listOf(value.containers, isContainer) || listOf(value.volumes, hasName)

const isContainer = (item: JsonObject): boolean => typeof item.image === 'string' || hasName(item)

const hasName = (item: JsonObject): boolean => typeof item.name === 'string'

const listOf = (value: unknown, is: (item: JsonObject) => boolean): boolean =>
  Array.isArray(value) && value.some((item: unknown) => isObject(item) && is(item))

function keysOf(path: Path): readonly (string | number)[] {
  const keys: (string | number)[] = []
  for (let at: Path | undefined = path; at !== undefined; at = at.parent) keys.push(at.key)
  return keys.reverse()
}

/**
 * The pod at a place found by shape, as a PodTemplateSpec. Custom kinds leave out what Kubernetes wants (a container
 * of Knative needs no name), so each item of a list gets at least an empty name, and keeps its index.
 */
export function templateAt(value: JsonObject, { keys, found }: PodPlace): JsonObject {
  const at = keys.reduce<unknown>(memberOf, value)
  const template = found === 'template' && isObject(at) ? at : { spec: at }
  const spec = isObject(template.spec) ? template.spec : {}
  const lists = ['volumes', 'initContainers', 'containers', 'ephemeralContainers']
    .filter((key) => Array.isArray(spec[key]))
    .map((key) => [key, named(spec[key])])
  return { ...template, spec: { ...spec, ...Object.fromEntries(lists) } }
}

function memberOf(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) return value[Number(key)]
  return isObject(value) ? value[key] : undefined
}

const named = (items: unknown): unknown =>
  Array.isArray(items) ? items.map((item) => ({ name: '', ...(isObject(item) && item) })) : items
