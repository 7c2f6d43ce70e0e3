import { optInLabel } from '../../inject/names.ts'
import { guardedResources, rules } from '../rules/rules.ts'
import { resourceRules } from './resource-rules.ts'
import type { CelSettings } from './settings.ts'
import { policyVariables } from './variables.ts'

/** How the policy is named and where it holds. */
export interface PolicyOptions {
  readonly name: string
  /** `optedIn`: labelled namespaces and every PersistentVolume; `cluster`: everywhere. */
  readonly scope: 'optedIn' | 'cluster'
  /** Namespaces, by exact name, that are never judged: kube-system and the webhook's own. */
  readonly excludedNamespaces: readonly string[]
}

/** What CEL can judge: of StorageClasses the guard only warns. */
export const policyRules: readonly object[] = resourceRules(
  guardedResources.filter(({ asked }) => asked !== 'storageClasses')
)

/** Annotations alone change on a pod that is there, so its other updates cost nothing more. */
const askedAbout = {
  name: 'not-an-ordinary-update-of-a-pod',
  expression: `request.kind.kind != 'Pod' || request.operation != 'UPDATE' || request.?subResource.orValue('') == 'ephemeralcontainers'
|| object.metadata.?annotations != oldObject.metadata.?annotations`
}

const nameLabel = 'kubernetes.io/metadata.name'

/**
 * The ValidatingAdmissionPolicy and its binding: the path model in CEL, refused inside the API server while no
 * replica of the webhook is up. It refuses; warnings, what NRI annotations mount and the final-pod rule are the webhook's.
 */
export function renderPolicy(
  settings: CelSettings,
  { name, scope, excludedNamespaces }: PolicyOptions
): readonly [object, object] {
  const optedIn = { key: optInLabel.key, operator: 'In', values: [optInLabel.value] }
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        namespaceSelector: {
          matchExpressions: [
            { key: nameLabel, operator: 'NotIn', values: excludedNamespaces },
            ...(scope === 'optedIn' ? [optedIn] : [])
          ]
        },
        resourceRules: policyRules
      },
      matchConditions: [askedAbout],
      variables: policyVariables(rules, settings),
      validations: [
        {
          expression: 'size(variables.refused) == 0',
          message:
            'a route to the Workload API socket, or a privilege of the node: see spiffe-webhook check',
          messageExpression: `variables.refused[0] + (size(variables.refused) > 1 ? '; and ' + string(size(variables.refused) - 1) + ' more' : '')`,
          reason: 'Forbidden'
        }
      ]
    }
  }
  const binding = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny', 'Audit'] }
  }
  return [policy, binding]
}
