import { reader } from '../../cluster/api.ts'
import type { Config } from '../../config/config.ts'
import { optInLabel } from '../../inject/names.ts'
import { parseSelector } from '../../kubernetes/label-selector.ts'
import { factsOfManifests } from '../../plan/manifests.ts'
import { isSafe, plan as makePlan, type PlanFacts } from '../../plan/plan.ts'
import { readPlan } from '../../plan/read.ts'
import { type Change, changed, situation } from '../../plan/situation.ts'
import type { NotSeen } from '../../verify/check.ts'
import { clusterFlags, namespaceFault, onCluster } from '../cluster.ts'
import { type Command, defineCommand, type Outcome, type Read } from '../command.ts'
import type { Values } from '../flags.ts'
import { exitCodes } from '../io.ts'
import { type Manifests, manifestFlags, readAll } from '../manifests.ts'
import { planJson } from './json.ts'
import type { PlanReport } from './report.ts'
import { planText } from './text.ts'
import { planValues } from './values.ts'

const flags = {
  label: {
    value: 'NAMESPACE',
    names: 'namespaces',
    many: true,
    check: namespaceFault,
    help: `label this namespace ${optInLabel.key}=${optInLabel.value}; may be repeated`
  },
  scope: {
    value: 'cluster|optedIn',
    values: ['cluster', 'optedIn'],
    help: 'set guard.scope'
  },
  strict: {
    help: 'strict mode: refuse every host path that guard.allowedHostPaths does not list'
  },
  config: { value: 'FILE', help: 'a new configuration of the webhook' },
  upgrade: { help: 'judge what runs by the rules of this version' },
  'suggest-exemptions': {
    help: 'print only the guard.exemptions that what runs now would need, as values of the chart'
  },
  'trust-domain': {
    value: 'NAME',
    help: 'trust domain of the Workload API, to compare with that of the mesh'
  },
  filename: {
    ...manifestFlags.filename,
    help: 'judge these manifests instead of a cluster; may be repeated'
  },
  exclude: manifestFlags.exclude,
  namespace: {
    short: 'n',
    value: 'NAMESPACE',
    names: 'namespaces',
    check: namespaceFault,
    help: 'only the workloads of this namespace; of manifests, that of objects that name none'
  },
  ...clusterFlags
} as const

/** `spiffe-webhook plan`. */
export const plan: Command = defineCommand({
  name: 'plan',
  synopsis: '--label NAMESPACE | --scope cluster | --strict | --config FILE | --upgrade [flags]',
  about: [
    'What would happen if: reads a live cluster with your own rights, changes nothing, and says of every workload what creating its pods again would give after the change: moved, there already, staying on istiod, or refused, with the exemption that would cure it; and whether moved sidecars and the others would trust each other.'
  ],
  flags,
  output: {
    help: 'format of the plan',
    views: {
      text: ({ report, suggestOnly }: Planned, io) =>
        suggestOnly ? planValues(report) : planText(report, io.colours),
      json: ({ report }) => planJson(report),
      html: async ({ report }) => (await import('./page.ts')).planPage(report)
    }
  },
  exits:
    '0 nothing would break, 1 something would, 64 usage, 69 the API server cannot be reached, 70 fault',
  read: async (given, io): Promise<Read<Manifests | undefined>> => {
    const asked = changeOf(given).length > 0
    if (!asked)
      return { errors: ['name a change: --label, --scope, --strict, --config or --upgrade'] }
    if (given.filename.length === 0) return { input: undefined }
    return readAll(given, io)
  },
  run: async ({ flags: given, config, input, io }) => {
    const manifests = input
    if (manifests !== undefined) {
      const facts = factsOfManifests(
        manifests.objects,
        given['trust-domain'],
        given.selector === undefined ? undefined : parseSelector(given.selector)
      )
      const source = `${manifests.objects.length} objects in ${given.filename.join(', ')}`
      return outcome(
        given,
        config,
        { facts, installed: config, source, notSeen: [] },
        manifests.faults
      )
    }
    return onCluster(given, io, async ({ config: cluster, server, progress }) => {
      const subject = {
        defaults: config,
        namespace: given.namespace,
        selector: given.selector,
        trustDomain: given['trust-domain']
      }
      const read = await readPlan({ get: reader(cluster), progress }, subject)
      const { facts, notSeen } = read
      return outcome(given, config, { facts, installed: read.config, source: server, notSeen })
    })
  }
})

/** What the view prints. */
interface Planned {
  readonly report: PlanReport
  readonly suggestOnly: boolean
}

interface Known {
  readonly facts: PlanFacts
  readonly installed: Config
  readonly source: string
  readonly notSeen: readonly NotSeen[]
}

function outcome(
  given: Values<typeof flags>,
  config: Config,
  { facts, installed, source, notSeen }: Known,
  faults: readonly string[] = []
): Outcome<Planned> {
  const change: Change = {
    label: given.label,
    strict: given.strict,
    ...(given.scope === undefined
      ? {}
      : { scope: given.scope === 'cluster' ? 'cluster' : 'optedIn' }),
    ...(given.config === undefined ? {} : { config })
  }
  const before = given.upgrade ? undefined : situation(installed)
  const planned = makePlan(facts, before, changed(installed, change))
  const report = { change: changeOf(given).join(', '), source, plan: planned, notSeen }
  const code = isSafe(planned) ? exitCodes.clean : exitCodes.findings
  return {
    data: { report, suggestOnly: given['suggest-exemptions'] },
    faults,
    code: faults.length > 0 ? exitCodes.usage : code
  }
}

/** The change in words; none where nothing is to change. */
function changeOf(given: Values<typeof flags>): readonly string[] {
  return [
    ...given.label.map((namespace) => `label ${namespace}`),
    ...(given.scope === undefined ? [] : [`scope ${given.scope}`]),
    ...(given.strict ? ['strict mode'] : []),
    ...(given.config === undefined ? [] : [`configuration ${given.config}`]),
    ...(given.upgrade ? ['upgrade to this version'] : [])
  ]
}
