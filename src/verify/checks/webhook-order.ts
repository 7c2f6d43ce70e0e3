import { injectEntry } from '../../inject/entry.ts'
import { nameOf, textAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { CheckResult } from '../check.ts'
import { type Finding, finding } from '../finding.ts'
import { entriesOf, ownConfigurations } from '../webhooks/entries.ts'
import { istioInjectors } from '../webhooks/istio.ts'

/**
 * The API server calls mutating webhooks in the order of their configurations' names (apiserver
 * mutating_webhook_manager.go), so ours must sort after every injector of Istio; and if Istio is called again
 * after our change, ours must be called again too.
 */
export function checkWebhookOrder(mutating: readonly JsonObject[], ownName: string): CheckResult {
  const own = ownConfigurations(mutating, ownName).map(nameOf)
  const injectors = istioInjectors(mutating).filter((object) => !own.includes(nameOf(object)))
  const early = own.flatMap((name) =>
    injectors
      .map(nameOf)
      .filter((injector) => name < injector)
      .map((injector) => tooEarly(name, injector))
  )
  return {
    check: 'webhook-order',
    detail: detailOf(own, injectors.map(nameOf), early.length === 0),
    findings: [...early, ...reinvocation(mutating, ownName, injectors)],
    notSeen: []
  }
}

function detailOf(own: readonly string[], injectors: readonly string[], isLast: boolean): string {
  if (injectors.length === 0) return 'no injector of Istio is installed'
  if (own.length === 0) return 'no configuration of spiffe-webhook is installed'
  return `${own.join(', ')} ${isLast ? 'runs' : 'does not run'} after ${injectors.join(', ')}`
}

function tooEarly(name: string, injector: string): Finding {
  const at = { kind: 'MutatingWebhookConfiguration', name }
  const message = `${name} sorts before ${injector}, so it sees pods without their sidecar: give it a name that sorts last, such as z-${name}`
  const command =
    'kubectl get mutatingwebhookconfigurations --sort-by=.metadata.name -o custom-columns=NAME:.metadata.name'
  return finding('RunsBeforeIstio', at, message, command)
}

/** Istio's second run puts workload-certs and the CA of istiod back (pkg/kube/inject/webhook.go). */
function reinvocation(
  mutating: readonly JsonObject[],
  ownName: string,
  injectors: readonly JsonObject[]
): readonly Finding[] {
  const again = entriesOf(injectors).filter(isReinvoked)
  const istio = again[0]?.configuration
  const ours = entriesOf(ownConfigurations(mutating, ownName)).filter(
    ({ path }) => path === injectEntry.path
  )
  const once = ours.filter((entry) => !isReinvoked(entry))
  const findings = once.map(({ configuration, name, webhook }) => {
    const at = { kind: 'MutatingWebhookConfiguration', name: configuration }
    const policy = textAt(webhook, 'reinvocationPolicy') || 'Never'
    const command = setPolicy(configuration, mutating, name)
    return istio === undefined
      ? finding(
          'NotReinvoked',
          at,
          `${name} has reinvocationPolicy ${policy}, so changes of later webhooks stand: set IfNeeded`,
          command
        )
      : finding(
          'ReinvocationUndoes',
          at,
          `${istio} is called again after ${name}, whose reinvocationPolicy is ${policy}: the sidecar goes back to istiod: set IfNeeded`,
          command
        )
  })
  if (istio === undefined || once.length > 0) return findings
  const message = `${istio} has reinvocationPolicy IfNeeded: it undoes the work, and ours is called once more to do it again`
  const command = `kubectl get mutatingwebhookconfiguration ${istio} -o yaml`
  const at = { kind: 'MutatingWebhookConfiguration', name: istio }
  return [...findings, finding('IstioReinvoked', at, message, command)]
}

const isReinvoked = ({ webhook }: { readonly webhook: JsonObject }): boolean =>
  webhook.reinvocationPolicy === 'IfNeeded'

function setPolicy(configuration: string, mutating: readonly JsonObject[], name: string): string {
  const object = mutating.filter((candidate) => nameOf(candidate) === configuration)
  const index = entriesOf(object).findIndex((entry) => entry.name === name)
  const patch = `[{"op":"add","path":"/webhooks/${index}/reinvocationPolicy","value":"IfNeeded"}]`
  return `kubectl patch mutatingwebhookconfiguration ${configuration} --type=json -p '${patch}'`
}
