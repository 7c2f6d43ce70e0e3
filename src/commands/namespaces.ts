import { optInLabel } from '../inject/names.ts'
import { valueAt } from '../kubernetes/fields.ts'
import type { ManifestObject } from '../manifests/objects.ts'

/** Where kubectl puts an object that names no namespace. */
export const defaultNamespace = 'default'

/** What the Namespace objects of an input say of opting in. */
export interface Namespaces {
  /** True or false where the input holds the Namespace object, else undefined. */
  readonly optedIn: (namespace: string) => boolean | undefined
  /** True where at least one opts in. */
  readonly any: boolean
}

/** The same, told object by object. */
export interface NamespaceReader extends Namespaces {
  readonly add: (object: ManifestObject) => void
}

/** Reads Namespace objects as they come; where one is told twice, the last counts. */
export function namespaceReader(): NamespaceReader {
  const labels = new Map<string, unknown>()
  return {
    add: ({ group, kind, name, value }) => {
      if (group !== '' || kind !== 'Namespace') return
      labels.set(name, valueAt(value, ['metadata', 'labels', optInLabel.key]))
    },
    optedIn: (namespace) => {
      const name = namespace || defaultNamespace
      return labels.has(name) ? labels.get(name) === optInLabel.value : undefined
    },
    get any() {
      return [...labels.values()].includes(optInLabel.value)
    }
  }
}

/** Reads the Namespace objects among the given ones. */
export function readNamespaces(objects: readonly ManifestObject[]): Namespaces {
  const reader = namespaceReader()
  for (const object of objects) reader.add(object)
  return reader
}
