import type { InjectConfig } from '../config/config.ts'
import { inject as decide, type InjectDecision } from '../inject/inject.ts'
import { optInLabel } from '../inject/names.ts'
import type { Operation } from '../kubernetes/operation.ts'
import { pointer } from '../kubernetes/operation.ts'
import { decodePod } from '../kubernetes/pod.ts'
import { podTemplatePath, valueAt } from '../kubernetes/pod-template.ts'
import { applyOperations, applyToValue } from '../manifests/apply-operations.ts'
import type { ManifestDocument } from '../manifests/documents.ts'
import { type ManifestObject, objectsOf } from '../manifests/objects.ts'
import { type Command, exitCodes, type Io } from './command.ts'
import { type Flags, readFlags } from './flags.ts'
import { manifestFlags, readInput, usageErrors } from './settings.ts'
import { unifiedDiff } from './unified-diff.ts'

const usage = `Usage: spiffe-webhook inject -f FILE|DIR|- [-f …] [flags]

The offline twin of POST /inject: moves every Istio-injected pod of the manifests onto the Workload API.
Prints all manifests in their order, with comments and unknown fields kept; a summary goes to standard error.

  -f, --filename FILE|DIR|-     manifests to read (YAML or JSON, Lists, many documents); repeatable
  -o, --output yaml|json|patch|diff
                                what to print: the manifests, the objects, the operations, or the difference
      --namespace-labels K=V,…  labels of the namespace; without ${optInLabel.key}=${optInLabel.value} nothing is moved
      --config FILE             configuration of the webhook
  -h, --help                    print this

Exit code: 0 done, 1 a pod was refused, 64 usage or unreadable manifest, 70 fault.
`

/** What was decided of one object with a pod. */
interface Decided {
  readonly object: ManifestObject
  readonly decision: InjectDecision
  /** Relative to the document. */
  readonly operations: readonly Operation[]
}

const outputs = ['yaml', 'json', 'patch', 'diff'] as const
type Output = (typeof outputs)[number]

async function run(args: readonly string[], io: Io): Promise<number> {
  const read = readFlags(args, {
    ...manifestFlags,
    output: { type: 'string', short: 'o', values: outputs },
    'namespace-labels': { type: 'string' }
  })
  if ('errors' in read) return fail(read.errors, io)
  if (read.flags.on('help')) return help(io)
  const labels = namespaceLabels(read.flags)
  if ('errors' in labels) return fail(labels.errors, io)
  const input = await readInput(read.flags, io)
  if ('errors' in input) return fail(input.errors, io)
  const optedIn = labels.optedIn
  const decided = new Map(
    input.documents.map((document) => [
      document,
      optedIn ? decideDocument(document, input.config.inject) : []
    ])
  )
  print((read.flags.text('output') ?? 'yaml') as Output, decided, io)
  for (const fault of input.faults) io.err(`spiffe-webhook inject: ${fault}\n`)
  const all = [...decided.values()].flat()
  if (!optedIn)
    io.err(`nothing is moved: the namespace lacks ${optInLabel.key}=${optInLabel.value}\n`)
  for (const one of all) summarise(one, io)
  if (input.faults.length > 0) return exitCodes.usage
  return all.some(({ decision }) => decision.kind === 'refused')
    ? exitCodes.findings
    : exitCodes.clean
}

function namespaceLabels(
  flags: Flags
): { readonly optedIn: boolean } | { readonly errors: readonly string[] } {
  const text = flags.text('namespace-labels')
  if (text === undefined) return { optedIn: true }
  const pairs = text.split(',').filter((pair) => pair !== '')
  const bad = pairs.filter((pair) => !/^[^=]+=/.test(pair))
  if (bad.length > 0) {
    return {
      errors: bad.map((pair) => `--namespace-labels: ${JSON.stringify(pair)} is no KEY=VALUE`)
    }
  }
  return { optedIn: pairs.includes(`${optInLabel.key}=${optInLabel.value}`) }
}

function decideDocument(document: ManifestDocument, config: InjectConfig): readonly Decided[] {
  return objectsOf(document).flatMap((object): readonly Decided[] => {
    const keys = podTemplatePath(object.group, object.kind)
    const template = keys === undefined ? undefined : valueAt(object.value, keys)
    if (keys === undefined || template === undefined || template === null) return []
    const decoded = decodePod(template, keys.join('.'))
    const decision: InjectDecision =
      decoded.kind === 'malformed'
        ? { kind: 'refused', reason: 'Malformed', message: decoded.fault }
        : decide(decoded.value, config)
    const base = pointer('', ...object.keys, ...keys)
    // A manifest that is left alone stays as it was: the status annotation is for pods in a cluster.
    const operations =
      decision.kind === 'injected'
        ? decision.operations.map((operation) => ({
            ...operation,
            path: `${base}${operation.path}`
          }))
        : []
    return [{ object, decision, operations }]
  })
}

type AllDecided = ReadonlyMap<ManifestDocument, readonly Decided[]>

function print(output: Output, decided: AllDecided, io: Io): void {
  if (output === 'patch') {
    const patches = [...decided.values()].flat().map(({ object, operations }) => ({
      kind: object.kind,
      namespace: object.namespace,
      name: object.name,
      operations
    }))
    io.out(`${JSON.stringify(patches, null, 2)}\n`)
    return
  }
  for (const [document, ofDocument] of decided) {
    if (output === 'json') printObjects(document, ofDocument, io)
    else printDocument(document, ofDocument, output, io)
  }
}

function printObjects(document: ManifestDocument, decided: readonly Decided[], io: Io): void {
  const operations = decided.flatMap((one) => one.operations)
  const value = operations.length === 0 ? document.value : applyToValue(document.value, operations)
  if (value !== null && value !== undefined) io.out(`${JSON.stringify(value, null, 2)}\n`)
}

function printDocument(
  document: ManifestDocument,
  decided: readonly Decided[],
  output: 'yaml' | 'diff',
  io: Io
): void {
  const edited = applyOperations(
    document,
    decided.flatMap((one) => one.operations)
  )
  if (edited.resolved) {
    io.err(
      `${document.file}: document ${document.index} uses anchors: they were written out, its comments are lost\n`
    )
  }
  if (output === 'yaml') io.out(edited.text)
  else io.out(unifiedDiff(document.file, document.text, edited.text, io.colours))
}

function summarise({ object, decision }: Decided, io: Io): void {
  const name = [object.kind, object.namespace, object.name].filter((part) => part !== '').join('/')
  if (decision.kind === 'refused') {
    io.err(`${name}: refused: ${decision.reason}: ${decision.message}\n`)
    return
  }
  io.err(`${name}: ${decision.kind}: ${decision.reason}\n`)
  for (const { message } of decision.warnings) io.err(`${name}: warning: ${message}\n`)
}

function fail(errors: readonly string[], io: Io): number {
  usageErrors('inject', errors, io)
  return exitCodes.usage
}

function help(io: Io): number {
  io.out(usage)
  return exitCodes.clean
}

/** `spiffe-webhook inject`. */
export const inject: Command = {
  summary: 'move the pods of manifests onto the Workload API',
  usage,
  run
}
