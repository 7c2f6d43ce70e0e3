import { labelsOf } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import { entriesOf, isAskedAbout } from './entries.ts'
import { selects } from './selectors.ts'

/**
 * Istio's injectors, of every revision and tag: by label, or, where a vendor renamed or relabelled them, by the
 * names of their webhooks (istio-discovery/templates/mutatingwebhook.yaml, istioctl/pkg/tag/generate.go).
 */
export function istioInjectors(configurations: readonly JsonObject[]): readonly JsonObject[] {
  return configurations.filter(
    (object) =>
      labelsOf(object).app === 'sidecar-injector' ||
      entriesOf([object]).some(({ name }) => name.endsWith('sidecar-injector.istio.io'))
  )
}

/** Labels of a namespace that Istio reads (istio api/label: IoIstioRev, IoIstioDataplaneMode; pkg/kube/inject). */
export const injectionLabel = 'istio-injection'
/** The label that names a revision or a tag. */
export const revisionLabel = 'istio.io/rev'
/** The label of ambient. */
export const dataplaneLabel = 'istio.io/dataplane-mode'

/** One opted-in namespace. */
export interface OptedInNamespace {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Istio injects a sidecar into an ordinary new pod there. */
  readonly injected: boolean
}

/** Labels of a namespace. */
export type Labels = Readonly<Record<string, string>>

/**
 * Whether Istio injects into ordinary pods of a namespace with these labels: by the selectors of the injectors
 * that are installed, so a label that names no installed revision counts as none. Where they were not seen, by
 * the labels alone.
 */
export function isInjected(labels: Labels, mutating: readonly JsonObject[] | undefined): boolean {
  if (mutating === undefined) {
    if (labels[injectionLabel] !== undefined) return labels[injectionLabel] === 'enabled'
    return (labels[revisionLabel] ?? '') !== ''
  }
  return entriesOf(istioInjectors(mutating)).some(
    (entry) =>
      isAskedAbout(entry, '', 'pods', 'CREATE') &&
      selects(entry.webhook.namespaceSelector, labels) &&
      selects(entry.webhook.objectSelector, {})
  )
}

/** The one label by which a namespace gets sidecars here: where only revisions are installed, that of the first. */
export function labelThatInjects(mutating: readonly JsonObject[] | undefined): string {
  const revisions = istioInjectors(mutating ?? []).map((object) => labelsOf(object)[revisionLabel])
  const wanted = [[injectionLabel, 'enabled'], ...revisions.map((name) => [revisionLabel, name])]
  const found = wanted.find(([key = '', value = '']) => isInjected({ [key]: value }, mutating))
  return (found ?? [injectionLabel, 'enabled']).join('=')
}

/** True where pods of the namespace are captured by ambient instead of a sidecar. */
export function isAmbient(labels: Labels): boolean {
  return labels[dataplaneLabel] === 'ambient'
}
