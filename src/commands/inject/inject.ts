import { optInLabel } from '../../inject/names.ts'
import { type Command, exitCodes, type Io } from '../command.ts'
import { readFlags } from '../flags.ts'
import { manifestFlags, readInput, tellFaults, usageErrors } from '../manifests.ts'
import { type Namespaces, readNamespaces } from '../namespaces.ts'
import { type Decided, decideObjects, type WhyNot } from './decide.ts'
import { outputs, summarise } from './print.ts'

const label = `${optInLabel.key}=${optInLabel.value}`

const usage = `Usage: spiffe-webhook inject -f FILE|DIR|- [-f …] [flags]

The offline twin of POST /inject: moves every Istio-injected pod of the manifests onto the Workload API. Prints all
manifests in their order; what is not changed stays as it was, to the byte. A summary goes to standard error.

  -f, --filename FILE|DIR|-     manifests to read (YAML or JSON, Lists, many documents); repeatable
  -o, --output yaml|json|patch|diff
                                what to print: the manifests, the objects, the operations, or the difference
  -n, --namespace NAME          namespace of objects that name none
      --namespace-labels K=V,…  labels of the namespace: without ${label} nothing is moved.
                                Where the flag is absent, Namespace objects of the input speak for their own
                                namespace, and everything else is moved
      --config FILE             configuration of the webhook
  -h, --help                    print this

Exit code: 0 done, 1 a pod was refused, 64 usage or unreadable manifest, 70 fault.
`

async function run(args: readonly string[], io: Io): Promise<number> {
  const read = readFlags(args, {
    ...manifestFlags,
    output: { type: 'string', short: 'o', values: Object.keys(outputs) },
    'namespace-labels': { type: 'string' }
  })
  if ('errors' in read) return fail(read.errors, io)
  const { flags } = read
  if (flags.on('help')) {
    io.out(usage)
    return exitCodes.clean
  }
  const labels = namespaceLabels(flags.text('namespace-labels'))
  const input = await readInput(flags, io)
  const errors = [
    ...('errors' in labels ? labels.errors : []),
    ...('errors' in input ? input.errors : [])
  ]
  if ('errors' in input || 'errors' in labels) return fail(errors, io)
  const whyNot = whyNotOf(labels.optedIn, readNamespaces(input.objects))
  const objects = Map.groupBy(input.objects, ({ document }) => document)
  const decided = new Map(
    input.documents.map((document) => [
      document,
      decideObjects(objects.get(document) ?? [], input.config.inject, whyNot)
    ])
  )
  io.out(flags.text('output') === undefined || flags.text('output') === 'yaml' ? input.mark : '')
  outputs[flags.text('output') ?? 'yaml']?.(decided, io)
  return conclude([...decided.values()].flat(), input.faults, io)
}

function conclude(decided: readonly Decided[], faults: readonly string[], io: Io): number {
  tellFaults('inject', faults, io)
  for (const one of decided) summarise(one, io)
  if (faults.length > 0) return exitCodes.usage
  if (decided.length === 0) io.err('nothing to move: the input holds no pod and no pod template\n')
  const refused = decided.some(({ decision }) => decision.kind === 'refused')
  return refused ? exitCodes.findings : exitCodes.clean
}

/** The webhook is asked only about pods of namespaces that opt in (its namespaceSelector). */
function whyNotOf(optedIn: boolean | undefined, namespaces: Namespaces): WhyNot {
  return (namespace) =>
    (optedIn ?? namespaces.optedIn(namespace) ?? true)
      ? undefined
      : `the namespace lacks the label ${label}`
}

function namespaceLabels(
  text: string | undefined
): { readonly optedIn: boolean | undefined } | { readonly errors: readonly string[] } {
  const pairs = (text ?? '').split(',').filter((pair) => pair !== '')
  const errors = pairs
    .filter((pair) => !/^[^=]+=/.test(pair))
    .map((pair) => `--namespace-labels: ${JSON.stringify(pair)} is no KEY=VALUE`)
  if (errors.length > 0) return { errors }
  return { optedIn: text === undefined ? undefined : pairs.includes(label) }
}

function fail(errors: readonly string[], io: Io): number {
  usageErrors('inject', errors, io)
  return exitCodes.usage
}

/** `spiffe-webhook inject`. */
export const inject: Command = {
  summary: 'move the pods of manifests onto the Workload API',
  usage,
  run
}
