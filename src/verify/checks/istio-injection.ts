import type { CheckResult } from '../check.ts'
import { type Finding, finding } from '../finding.ts'
import {
  dataplaneLabel,
  injectionLabel,
  isAmbient,
  type Labels,
  type OptedInNamespace,
  revisionLabel
} from '../webhooks/istio.ts'

/** What the check needs beside the namespaces. */
export interface InjectionFacts {
  readonly namespaces: readonly OptedInNamespace[]
  /** The namespace that was asked for by name, with whether it is opted in. */
  readonly asked: { readonly name: string; readonly optedIn: boolean } | undefined
  /** Names of namespaces where some pod has an istio-proxy: pods may ask for one themselves. */
  readonly withProxies: ReadonlySet<string>
  /** Of pods that were selected by label, where some are; undefined: every pod was looked at. */
  readonly withPods: ReadonlySet<string> | undefined
  /** The label that opts in, as in `key=value`. */
  readonly optIn: string
  /** The label that gets sidecars. */
  readonly inject: string
}

/** Labelled namespaces get sidecars at all: without one there is nothing to move. */
export function checkIstioInjection(facts: InjectionFacts): CheckResult {
  const { namespaces, withProxies, withPods, inject } = facts
  const judged = namespaces.filter(
    ({ name, injected }) => injected || withPods === undefined || withPods.has(name)
  )
  const bare = judged.filter(({ name, injected }) => !injected && !withProxies.has(name))
  const ambient = namespaces.filter(({ labels }) => isAmbient(labels))
  return {
    check: 'istio-injection',
    detail: `Istio injects sidecars in ${judged.length - bare.length} of ${judged.length} labelled namespaces`,
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
