import { checkWebhookConfigurations } from '../../src/verify/checks/webhook-configurations.ts'
import type { Finding } from '../../src/verify/finding.ts'
import type { ConfigurationFacts } from '../../src/verify/webhooks/findings.ts'
import { all, type ChartObject } from './helm.ts'

/** What `verify` would read of the rendered configurations on a cluster with one labelled namespace. */
export function configurationsFacts(objects: readonly ChartObject[]): ConfigurationFacts {
  const labels = {
    'kubernetes.io/metadata.name': 'sock-shop',
    'spiffe-webhook/injection': 'enabled'
  }
  return {
    mutating: all(objects, 'MutatingWebhookConfiguration'),
    validating: all(objects, 'ValidatingWebhookConfiguration'),
    mutatingName: 'spiffe-webhook',
    validatingName: 'spiffe-webhook',
    requestTimeout: 4000,
    expected: undefined,
    podsMatching: () => undefined,
    optedIn: new Map([['sock-shop', labels]])
  }
}

/** What `verify` would find wrong with them. */
export const findingsOf = (facts: ConfigurationFacts): readonly Finding[] =>
  checkWebhookConfigurations(facts).findings
