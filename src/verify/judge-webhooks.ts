import { labelsOf, numberAt } from '../kubernetes/fields.ts'
import { type CheckResult, type Seen, whenSeen, withNotSeen } from './check.ts'
import { checkAdmissionPolicy } from './checks/admission-policy.ts'
import { checkWebhookConfigurations } from './checks/webhook-configurations.ts'
import { checkWebhookOrder } from './checks/webhook-order.ts'
import { checkWebhookReplicas } from './checks/webhook-replicas.ts'
import type { FoundConfig } from './facts/config.ts'
import type { ClusterFacts } from './facts/facts.ts'
import { optedIn } from './facts/pods.ts'
import type { Replicas } from './facts/replicas.ts'
import type { HelmRelease } from './objects/helm-release.ts'
import type { VerifyScope } from './scope.ts'
import { ownConfigurations } from './webhooks/entries.ts'
import { type Expected, expectedOf, expectedOfManifest } from './webhooks/expected.ts'
import type { MatchFacts } from './webhooks/match.ts'

/** What the installed configuration should have been rendered to, where this program can say so. */
export interface Expectation {
  readonly expected: Expected | undefined
  readonly podsMatching: MatchFacts['podsMatching']
}

/** What says what the chart rendered: Helm's record of the release, or else the values beside the configuration. */
export interface Origin {
  readonly release: HelmRelease | undefined
  /** Version of this program. */
  readonly program: string
}

/** Of another version only Helm's record says what it rendered; without the configuration nothing can be said. */
export function expectation(
  { config, isKnown, place }: FoundConfig,
  { mutating, validating }: Pick<ClusterFacts, 'mutating' | 'validating'>,
  { release, program }: Origin
): Expected | undefined {
  const versions = [mutating, validating].flatMap((seen) =>
    seen.kind === 'seen'
      ? ownConfigurations(seen.value, config.certificates.mutatingWebhookConfiguration).map(
          (object) => labelsOf(object)['app.kubernetes.io/version']
        )
      : []
  )
  const rendered = release && expectedOfManifest(release.objects)
  const isOther = versions.some((version) => version !== undefined && version !== program)
  if (isOther) return rendered
  if (!isKnown) return undefined
  const timeout = numberAt(rendered?.mutating[0], 'timeoutSeconds') || place?.values?.timeoutSeconds
  return expectedOf(config, timeout)
}

/** True where the values of the chart say that there is a policy. */
function wantsPolicy({ place }: FoundConfig, release: HelmRelease | undefined): boolean {
  return release === undefined
    ? place?.values?.admissionPolicy === true
    : expectedOfManifest(release.objects).policy !== undefined
}

/** The checks of webhooks and policy. */
export function judgeWebhooks(
  scope: VerifyScope,
  facts: ClusterFacts,
  found: FoundConfig,
  { expected, podsMatching, release }: Expectation & Pick<Origin, 'release'>
): readonly CheckResult[] {
  const { mutating, validating } = facts
  const { certificates, server } = scope.config
  const labels = optedIn(scope, facts).map(({ name, labels }) => [name, labels] as const)
  const namespaces = new Map(facts.namespaces.kind === 'seen' ? labels : [])
  const others: NonNullable<MatchFacts['others']> =
    facts.others.kind === 'seen' ? facts.others.value : new Map()
  const configurations = checkWebhookConfigurations({
    mutating: mutating.kind === 'seen' ? mutating.value : undefined,
    validating: validating.kind === 'seen' ? validating.value : undefined,
    mutatingName: certificates.mutatingWebhookConfiguration,
    validatingName: certificates.validatingWebhookConfiguration,
    requestTimeout: server.requestTimeout,
    optedIn: namespaces,
    others,
    expected,
    podsMatching
  })
  return [
    withNotSeen(configurations, [mutating, validating, found.installed]),
    whenSeen('webhook-order', mutating, (objects) =>
      checkWebhookOrder(objects, certificates.mutatingWebhookConfiguration)
    ),
    whenSeen('admission-policy', facts.policy, (policy) =>
      checkAdmissionPolicy({
        ...policy,
        name: certificates.validatingWebhookConfiguration,
        expected: expected?.policy,
        isWanted: wantsPolicy(found, release),
        optedIn: namespaces,
        others,
        podsMatching
      })
    )
  ]
}

/** Only where the installed chart was found is there a Deployment to look for. */
export function judgeReplicas(
  place: NonNullable<FoundConfig['place']>,
  replicas: Seen<Replicas>,
  { release, program }: Origin
): CheckResult {
  return whenSeen('webhook-replicas', replicas, (found) =>
    checkWebhookReplicas({ ...place, ...found, program, isCompared: release !== undefined })
  )
}
