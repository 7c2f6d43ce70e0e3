import { nameOf, textAt } from '../../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../../kubernetes/json.ts'
import { quote } from '../../kubernetes/quote.ts'
import type { Finding } from '../finding.ts'
import { judgeHostPath } from '../host-path.ts'
import type { RuleAbout } from './rule.ts'

/** Parameters that name a folder of the node: rancher.io/local-path, microk8s.io/hostpath. */
const folders = ['nodePath', 'pvDir'] as const

/** OpenEBS' local volumes have their folder in an annotation (openebs.io/local, `BasePath`). */
const openEbs = 'cas.openebs.io/config'

/** Paths of that annotation that are judged: it has one or two. */
const mostPaths = 64

/**
 * A StorageClass of a local provisioner names the folder of the volumes to come. The volume itself is judged when it
 * is made, so this rule only warns.
 *
 * Restricted fields: parameters.nodePath (rancher.io/local-path), parameters.pvDir (microk8s.io/hostpath), every path in
 *                    metadata.annotations["cas.openebs.io/config"]; parameters.pathPattern (rancher.io/local-path)
 * Allowed values:    as for a pod's volume; a pattern without `..` and without annotations or labels of the claim, which
 *                    its author writes
 */
export const storageClasses: RuleAbout<'storageClass', 'StorageClassPath'> = {
  about: 'storageClass',
  reasons: {
    StorageClassPath: {
      onlyWarns: true,
      meaning: 'A StorageClass makes volumes on a path that leads to the socket.',
      remedy: 'use another folder for the volumes of the StorageClass'
    }
  },
  sees: () => [
    ...[...folders, 'pathPattern'].map(
      (name) =>
        ({
          verdict: 'warn',
          where: `has(object.parameters) && '${name}' in object.parameters`
        }) as const
    ),
    {
      verdict: 'warn',
      where: `has(object.metadata.annotations) && '${openEbs}' in object.metadata.annotations`
    }
  ],
  *find(storage, model) {
    for (const { path, keys, name } of pathsOf(storage)) {
      const phrase = `${name} of StorageClass ${quote(nameOf(storage))}`
      const found = judgeHostPath({ path, keys, phrase, subject: name, readOnly: false }, model)
      if (found !== undefined) yield { ...found, verdict: 'warn', reason: 'StorageClassPath' }
    }
    if (openEbsPaths(storage).length > mostPaths) yield crowded(storage)
    const pattern = textAt(storage, 'parameters', 'pathPattern')
    const isLocal = textAt(storage, 'provisioner').includes('local-path')
    if (isLocal && leavesFolder.test(pattern)) yield patternFinding(storage, pattern)
  }
}

interface NamedPath {
  readonly path: unknown
  readonly keys: Finding['keys']
  readonly name: string
}

function* pathsOf(storage: JsonObject): Iterable<NamedPath> {
  for (const name of folders) {
    const path = isObject(storage.parameters) ? storage.parameters[name] : undefined
    if (path !== undefined && path !== null) yield { path, keys: ['parameters', name], name }
  }
  for (const path of new Set(openEbsPaths(storage).slice(0, mostPaths))) {
    yield { path, keys: ['metadata', 'annotations', openEbs], name: openEbs }
  }
}

/** The paths of the annotation as they are written, and one more than are judged at most. */
function openEbsPaths(storage: JsonObject): readonly string[] {
  const text = textAt(storage, 'metadata', 'annotations', openEbs)
  const paths: string[] = []
  for (const [path] of text.matchAll(/(?<![\w./-])\/[^\s"',}\]]*/g)) {
    if (paths.push(path) > mostPaths) break
  }
  return paths
}

function crowded(storage: JsonObject): Finding<'StorageClassPath'> {
  return {
    verdict: 'warn',
    reason: 'StorageClassPath',
    keys: ['metadata', 'annotations', openEbs],
    subject: openEbs,
    what: `${openEbs} of StorageClass ${quote(nameOf(storage))} names more than ${mostPaths} paths, and the rest were not judged`,
    remedy: 'write one folder for the volumes of the StorageClass'
  }
}

/** A step up, or text of the claim's own author, which may hold one (CVE-2025-62878). */
const leavesFolder = /(^|\/)\.\.(\/|$)|\.PVC\.(annotations|labels)/

function patternFinding(storage: JsonObject, pattern: string): Finding<'StorageClassPath'> {
  return {
    verdict: 'warn',
    reason: 'StorageClassPath',
    keys: ['parameters', 'pathPattern'],
    subject: 'pathPattern',
    path: pattern,
    what: `pathPattern of StorageClass ${quote(nameOf(storage))} (${quote(pattern)}) may leave the folder of its volumes`,
    remedy: 'make the pattern of the namespace and name of the claim alone'
  }
}
