import { optInLabel } from '../inject/names.ts'
import { valueAt } from '../kubernetes/fields.ts'
import type { ManifestObject } from '../manifests/objects.ts'

/** Where kubectl puts an object that names no namespace. */
const defaultNamespace = 'default'

/** What the Namespace objects of an input say of opting in. */
export interface Namespaces {
  /** True or false where the input holds the Namespace object, else undefined. */
  readonly optedIn: (namespace: string) => boolean | undefined
  /** True where at least one opts in. */
  readonly any: boolean
}

/** Reads the Namespace objects among the given ones; where one is told twice, the last counts. */
export function readNamespaces(objects: readonly ManifestObject[]): Namespaces {
  const labels = new Map(
    objects
      .filter(({ group, kind }) => group === '' && kind === 'Namespace')
      .map(({ name, value }) => [name, valueAt(value, ['metadata', 'labels', optInLabel.key])])
  )
  return {
    optedIn: (namespace) => {
      const name = namespace || defaultNamespace
      return labels.has(name) ? labels.get(name) === optInLabel.value : undefined
    },
    any: [...labels.values()].includes(optInLabel.value)
  }
}
