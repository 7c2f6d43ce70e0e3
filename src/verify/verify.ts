import { guardModel } from '../guard/guard-model.ts'
import { optInLabel } from '../inject/names.ts'
import { textAt } from '../kubernetes/fields.ts'
import type { JsonObject } from '../kubernetes/json.ts'
import { type CheckResult, type Seen, whenSeen, withNotSeen } from './check.ts'
import { checkAgentOnNodes, nodesOf } from './checks/agent-on-nodes.ts'
import { checkCaBundles } from './checks/ca-bundle.ts'
import { checkCsiDriver } from './checks/csi-driver.ts'
import { checkDriverOnNodes, nodesInNeed } from './checks/driver-on-nodes.ts'
import { checkIstioInjection } from './checks/istio-injection.ts'
import { checkPersistentVolumes } from './checks/persistent-volumes.ts'
import { checkPodsOnSocket, podsNotSeen } from './checks/pods-on-socket.ts'
import { checkRawSocket } from './checks/raw-socket.ts'
import { withReplicas } from './checks/replica-certificates.ts'
import { checkTrust } from './checks/trust.ts'
import { findConfig } from './facts/config.ts'
import { askEnvoys, type EnvoyAnswers } from './facts/envoys.ts'
import { type ClusterFacts, readConfigurations, readFacts } from './facts/facts.ts'
import { type MeshFacts, readMesh } from './facts/mesh.ts'
import { surveyPods } from './facts/pods.ts'
import { readServing } from './facts/serving.ts'
import { judgeInstallation, readInstallation } from './installation.ts'
import { expectation, judgeWebhooks } from './judge-webhooks.ts'
import { meshMap } from './mesh-map.ts'
import type { SurveyResult } from './pods/survey.ts'
import type { Report } from './report.ts'
import type { VerifyDeps, VerifyScope, VerifySubject } from './scope.ts'
import { labelThatInjects } from './webhooks/istio.ts'

/** Reads a cluster and judges it. Throws where no answer comes (`UNREACHABLE`) or -n names nothing (`NO_NAMESPACE`). */
export async function runVerify(
  local: VerifyDeps,
  subject: VerifySubject,
  about: { readonly program: string; readonly server: string }
): Promise<Report> {
  const { kubernetes, skew } = await greet(local)
  const deps = { ...local, now: () => local.now() + skew }
  const time = new Date(deps.now()).toISOString()
  const mutating = await readConfigurations(deps.get, 'mutatingwebhookconfigurations')
  const found = await findConfig(deps, subject, mutating)
  const { config } = found
  const scope: VerifyScope = { ...subject, config, model: guardModel(config) }
  const facts = await readFacts(deps, scope, mutating)
  const survey = await surveyPods(deps, scope, facts)
  const serving = await readServing(deps, scope, facts)
  const mesh = scope.pods > 0 ? await readMesh(deps.get, scope.namespace) : undefined
  const aliases = mesh?.mesh.kind === 'seen' ? (mesh.mesh.value?.trustDomainAliases ?? []) : []
  const envoys: EnvoyAnswers =
    scope.pods > 0 && survey.kind === 'seen'
      ? await askEnvoys(deps, scope, survey.value.candidates, aliases)
      : { results: [], svids: [], moved: [] }
  const installation = await readInstallation(deps, scope, found, {
    mutating,
    serving,
    program: about.program
  })
  const expected = expectation(found, facts, installation)
  const podsMatching = (selector: JsonObject): number | undefined =>
    survey.kind === 'seen' && scope.selector === undefined
      ? survey.value.matching.get(JSON.stringify(selector))
      : undefined
  const results = [
    ...judgeNodes(scope, facts, survey),
    ...judgeWebhooks(scope, facts, found, {
      expected,
      podsMatching,
      release: installation.release
    }),
    ...judgeInstallation(found, installation, serving),
    withNotSeen(
      withReplicas(checkCaBundles(serving, deps.now()), serving, installation.certificates),
      [facts.mutating, facts.validating]
    ),
    judgeInjection(scope, facts, survey),
    ...judgePods(scope, facts, survey),
    whenSeen('persistent-volumes', facts.volumes, ({ count, bad }) =>
      checkPersistentVolumes(count, bad)
    ),
    ...envoys.results,
    ...(mesh === undefined ? [] : [judgeMesh(scope, mesh, envoys, survey)])
  ]
  const tallies = survey.kind === 'seen' ? survey.value.tallies : new Map()
  return {
    ...about,
    kubernetes,
    time,
    namespace: scope.namespace,
    selector: scope.selector,
    results,
    tallies,
    svids: envoys.svids,
    ...(survey.kind === 'seen' ? { map: meshMap(facts, survey.value) } : {})
  }
}

/** Milliseconds by which two clocks may differ: the header of an answer has whole seconds, and travels. */
const tolerance = 5000

/**
 * The first question: whether anybody is there, and takes these credentials; and what time it is there, since a
 * laptop's wrong clock must not make certificates late.
 */
async function greet({ get, progress, now }: VerifyDeps): Promise<{
  readonly kubernetes: string
  readonly skew: number
}> {
  progress('asking the API server')
  const { status, body, time } = await get('/version')
  if (status === 401) {
    const cause = { code: 'UNREACHABLE', found: 401, wanted: 200, path: '/version' }
    throw new Error('the API server does not take these credentials (401 Unauthorized)', { cause })
  }
  const difference = (time ?? now()) - now()
  const skew = Math.abs(difference) > tolerance ? difference : 0
  return { kubernetes: textAt(body, 'gitVersion'), skew }
}

/** True where every pod of the cluster is looked at. */
const isWhole = ({ namespace, selector }: VerifyScope): boolean =>
  namespace === undefined && selector === undefined

function judgeNodes(
  scope: VerifyScope,
  facts: ClusterFacts,
  survey: Seen<SurveyResult>
): readonly CheckResult[] {
  const driver = scope.config.inject.csiDriver
  const { nodes, registered, daemonSets } = facts
  const placedOn = survey.kind === 'seen' ? survey.value.placedOn : new Map()
  const withSocket = survey.kind === 'seen' ? survey.value.withSocket : new Set<string>()
  const sets = daemonSets.kind === 'seen' ? daemonSets.value : []
  const drivers = sets.filter(({ roles }) => roles.includes('driver'))
  const use = { withSocket, withDaemon: nodesOf(drivers, placedOn) }
  return [
    whenSeen('csi-driver', facts.csiDriver, (object) => checkCsiDriver(object, driver)),
    whenSeen('driver-on-nodes', nodes, (known) =>
      whenSeen('driver-on-nodes', registered, (on) =>
        checkDriverOnNodes(nodesInNeed(known, use), on, driver)
      )
    ),
    whenSeen('agent-on-nodes', daemonSets, (found) =>
      withNotSeen(
        checkAgentOnNodes({
          daemonSets: found,
          nodes: nodes.kind === 'seen' ? nodes.value : undefined,
          placedOn,
          withSocket,
          readyOn: isWhole(scope) && survey.kind === 'seen' ? survey.value.readyOn : undefined,
          namespace: scope.agentNamespace,
          isExternal: scope.agentIsExternal,
          socketDirectories: scope.config.guard.protectedPaths
        }),
        [nodes]
      )
    )
  ]
}

/** The question before the next namespace is moved; it needs what Envoys hold. */
function judgeMesh(
  scope: VerifyScope,
  { mesh, policies }: MeshFacts,
  { moved }: EnvoyAnswers,
  survey: Seen<SurveyResult>
): CheckResult {
  const result = checkTrust({
    trustDomain: moved[0]?.trustDomain,
    mesh: mesh.kind === 'seen' ? mesh.value : undefined,
    policies: policies.kind === 'seen' ? policies.value : [],
    moved,
    staying: survey.kind === 'seen' && isWhole(scope) ? survey.value.staying : undefined
  })
  return withNotSeen(result, [mesh, policies])
}

function judgeInjection(
  scope: VerifyScope,
  facts: ClusterFacts,
  survey: Seen<SurveyResult>
): CheckResult {
  return whenSeen('istio-injection', facts.namespaces, (namespaces) => {
    const name = scope.namespace
    const tallies = survey.kind === 'seen' ? [...survey.value.tallies] : []
    const withProxies = tallies.filter(
      ([, tally]) =>
        tally.onSocket + tally.missed + tally.undone + tally.optedOut + tally.proxyless > 0
    )
    const withPods = tallies.filter(([, tally]) => Object.values(tally).some((pods) => pods > 0))
    const result = checkIstioInjection({
      namespaces,
      asked: name === undefined ? undefined : { name, optedIn: namespaces.length > 0 },
      withProxies: new Set(withProxies.map(([namespace]) => namespace)),
      withPods:
        scope.selector === undefined
          ? undefined
          : new Set(withPods.map(([namespace]) => namespace)),
      optIn: `${optInLabel.key}=${optInLabel.value}`,
      inject: labelThatInjects(facts.mutating.kind === 'seen' ? facts.mutating.value : undefined)
    })
    return withNotSeen(result, [facts.mutating])
  })
}

function judgePods(
  scope: VerifyScope,
  { namespaces, volumes }: ClusterFacts,
  survey: Seen<SurveyResult>
): readonly CheckResult[] {
  if (survey.kind === 'notSeen') return podsNotSeen(scope.namespace, survey.notSeen.why)
  return [
    withNotSeen(checkPodsOnSocket(survey.value), [namespaces]),
    withNotSeen(checkRawSocket(survey.value), [volumes])
  ]
}
