import { injectEntry } from '../../inject/entry.ts'
import { type Finding, finding } from '../finding.ts'
import { isAskedAbout, type WebhookEntry } from './entries.ts'
import { aboutEntry, type ConfigurationFacts, judgeCall, missingEntry } from './findings.ts'
import { selects } from './selectors.ts'

/** The injecting webhook is asked about every pod of every labelled namespace. */
export function judgeInjecting(
  entries: readonly WebhookEntry[],
  facts: ConfigurationFacts
): readonly Finding[] {
  const inject = entries.filter(({ path }) => path === injectEntry.path)
  if (inject.length === 0) return [missingEntry('mutating', entries, injectEntry.path)]
  return [...inject.flatMap((entry) => judgeEntry(entry, facts)), ...unselected(inject, facts)]
}

function judgeEntry(entry: WebhookEntry, facts: ConfigurationFacts): readonly Finding[] {
  const findings: Finding[] = []
  if (!isAskedAbout(entry, '', 'pods', 'CREATE')) {
    const what = 'is not asked about CREATE of pods: add the rule'
    findings.push(aboutEntry('mutating', entry, 'RuleMissing', what))
  }
  if (entry.webhook.failurePolicy === 'Ignore') {
    const what = 'has failurePolicy Ignore, so pods created during an outage are missed: set Fail'
    findings.push(aboutEntry('mutating', entry, 'InjectionFailsOpen', what))
  }
  return [...findings, ...judgeCall('mutating', entry, facts)]
}

function unselected(
  inject: readonly WebhookEntry[],
  { optedIn }: ConfigurationFacts
): readonly Finding[] {
  return [...optedIn]
    .filter(
      ([, labels]) => !inject.some(({ webhook }) => selects(webhook.namespaceSelector, labels))
    )
    .map(([name]) => {
      const message = `namespace ${name} is labelled, and no namespaceSelector of the injecting webhook selects it`
      const command = `kubectl get namespace ${name} --show-labels`
      return finding('NamespaceNotSelected', { kind: 'Namespace', name }, message, command)
    })
}
