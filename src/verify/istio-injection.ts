import type { JsonObject } from '../kubernetes/json.ts'
import type { CheckResult } from './check.ts'
import { type Finding, finding } from './finding.ts'
import { selects } from './label-selector.ts'
import { labelsOf } from './object.ts'
import { entriesOf, isAskedAbout, istioInjectors } from './webhooks.ts'

/** Labels of a namespace that Istio reads (istio api/label: IoIstioRev, IoIstioDataplaneMode; pkg/kube/inject). */
const injectionLabel = 'istio-injection'
const revisionLabel = 'istio.io/rev'
const dataplaneLabel = 'istio.io/dataplane-mode'

/** One opted-in namespace. */
export interface OptedInNamespace {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Istio injects a sidecar into an ordinary new pod there. */
  readonly injected: boolean
}

type Labels = Readonly<Record<string, string>>

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

/** What the check needs beside the namespaces. */
export interface InjectionFacts {
  readonly namespaces: readonly OptedInNamespace[]
  /** The namespace that was asked for by name, with whether it is opted in. */
  readonly asked: { readonly name: string; readonly optedIn: boolean } | undefined
  /** Names of namespaces where some pod has an istio-proxy: pods may ask for one themselves. */
  readonly withProxies: ReadonlySet<string>
  /** The label that opts in, as in `key=value`. */
  readonly optIn: string
  /** The label that gets sidecars. */
  readonly inject: string
}

/** Labelled namespaces get sidecars at all: without one there is nothing to move. */
export function checkIstioInjection(facts: InjectionFacts): CheckResult {
  const { namespaces, withProxies, inject } = facts
  const bare = namespaces.filter(({ name, injected }) => !injected && !withProxies.has(name))
  const ambient = namespaces.filter(({ labels }) => isAmbient(labels))
  return {
    check: 'istio-injection',
    detail: `${namespaces.length - bare.length} of ${namespaces.length} labelled namespaces get sidecars of Istio`,
    findings: [
      ...nothing(facts),
      ...bare
        .filter(({ labels }) => !isAmbient(labels))
        .map((namespace) => notInjected(namespace, inject)),
      ...ambient.map((namespace) => ambientNamespace(namespace, inject))
    ],
    notSeen: []
  }
}

function nothing({ namespaces, asked, optIn }: InjectionFacts): readonly Finding[] {
  if (asked !== undefined) {
    const { name } = asked
    if (asked.optedIn) return []
    const message = `namespace ${name} does not carry the label ${optIn}, so its pods are not moved`
    const command = `kubectl label namespace ${name} ${optIn}`
    return [finding('NamespaceNotOptedIn', { kind: 'Namespace', name }, message, command)]
  }
  if (namespaces.length > 0) return []
  const message = `no namespace carries the label ${optIn}, so no pod is moved`
  const command = `kubectl label namespace sock-shop ${optIn}`
  return [finding('NothingOptedIn', { kind: 'Namespace', name: '*' }, message, command)]
}

/** Istio looks at istio-injection first. */
function whyNot(labels: Labels): string {
  const [injection, revision] = [labels[injectionLabel], labels[revisionLabel]]
  if (injection === 'enabled') {
    return `no injector that is installed selects ${injectionLabel}=enabled`
  }
  if (injection !== undefined) return `${injectionLabel}=${injection} keeps sidecars out`
  return revision === undefined
    ? `it carries neither ${injectionLabel}=enabled nor ${revisionLabel}`
    : `${revisionLabel}=${revision} names no revision or tag that is installed`
}

function notInjected({ name, labels }: OptedInNamespace, inject: string): Finding {
  const message = `namespace ${name} is labelled, but Istio injects nothing there: ${whyNot(labels)}`
  const command = `kubectl label namespace ${name} --overwrite ${inject}${dropped(labels, inject)}`
  return finding('NamespaceNotInjected', { kind: 'Namespace', name }, message, command)
}

/** Istio takes either label, and never both. */
function dropped(labels: Labels, inject: string): string {
  const other = inject.startsWith(`${injectionLabel}=`) ? revisionLabel : injectionLabel
  return labels[other] === undefined ? '' : ` ${other}-`
}

function ambientNamespace({ name, labels }: OptedInNamespace, inject: string): Finding {
  const message = `namespace ${name} is labelled and ambient: ztunnel takes identities from istiod, so its pods are not on the Workload API`
  const command = `kubectl label namespace ${name} ${dataplaneLabel}- --overwrite ${inject}${dropped(labels, inject)}`
  return finding('AmbientNamespace', { kind: 'Namespace', name }, message, command)
}
