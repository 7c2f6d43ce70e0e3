import { decodeReview } from '../admission/decode-review.ts'
import type { Config } from '../config/config.ts'
import { type GuardDecision, type GuardRequest, guard } from '../guard/guard.ts'
import { type GuardModel, guardModel } from '../guard/guard-model.ts'
import { optInLabel } from '../inject/names.ts'
import { podTemplatePath, valueAt } from '../kubernetes/pod-template.ts'
import { type ManifestObject, objectsOf } from '../manifests/objects.ts'
import {
  type CheckReport,
  type Finding,
  reportJson,
  reportSarif,
  reportText
} from './check-report.ts'
import { type Command, exitCodes, type Io } from './command.ts'
import { readFlags } from './flags.ts'
import { manifestFlags, readInput, usageErrors } from './settings.ts'

const usage = `Usage: spiffe-webhook check -f FILE|DIR|- [-f …] [flags]

The offline twin of the guard: judges every object of the manifests as if it were created now. AdmissionReviews
may stand among them and are judged whole.

  -f, --filename FILE|DIR|-       manifests to read (YAML or JSON, Lists, many documents); repeatable
  -o, --output text|json|sarif    how to print what was found
      --scope cluster|optedIn     where host paths are refused: everywhere (default), or only in namespaces whose
                                  Namespace object in the input has ${optInLabel.key}=${optInLabel.value}; elsewhere they warn
      --as USERNAME               who would create the objects, for exemptions that name their creators
      --strict                    warnings fail too
      --config FILE               configuration of the webhook
  -h, --help                      print this

Exit code: 0 clean, 1 something would be refused, 64 usage or unreadable manifest, 70 fault.
`

const reporters = { text: reportText, json: reportJson, sarif: reportSarif } as const

async function run(args: readonly string[], io: Io): Promise<number> {
  const read = readFlags(args, {
    ...manifestFlags,
    output: { type: 'string', short: 'o', values: Object.keys(reporters) },
    scope: { type: 'string', values: ['cluster', 'optedIn'] },
    as: { type: 'string' },
    strict: { type: 'boolean' }
  })
  if ('errors' in read) return fail(read.errors, io)
  const { flags } = read
  if (flags.on('help')) {
    io.out(usage)
    return exitCodes.clean
  }
  const input = await readInput(flags, io)
  if ('errors' in input) return fail(input.errors, io)
  const objects = input.documents.flatMap(objectsOf)
  if (objects.length === 0 && input.faults.length === 0) {
    return fail(['nothing to check: the input holds no Kubernetes object'], io)
  }
  const username = flags.text('as') ?? ''
  const optedIn = flags.text('scope') === 'optedIn' ? optedInNamespaces(objects) : undefined
  const report = checkObjects(objects, input.config, { username, optedIn })
  io.out(reporters[(flags.text('output') ?? 'text') as keyof typeof reporters](report, io.colours))
  for (const fault of input.faults) io.err(`spiffe-webhook check: ${fault}\n`)
  if (input.faults.length > 0) return exitCodes.usage
  const failed = report.summary.denied > 0 || (flags.on('strict') && report.summary.warned > 0)
  return failed ? exitCodes.findings : exitCodes.clean
}

interface CheckOptions {
  readonly username: string
  /** The namespaces where denials hold; undefined means everywhere. */
  readonly optedIn: ReadonlySet<string> | undefined
}

function checkObjects(
  objects: readonly ManifestObject[],
  config: Config,
  options: CheckOptions
): CheckReport {
  const model = guardModel(config)
  const findings = objects.flatMap((object) => {
    const request = requestOf(object, options.username)
    return request === undefined ? [] : findingsOf(object, request, options, model)
  })
  const count = (verdict: Finding['verdict']): number =>
    findings.filter((finding) => finding.verdict === verdict).length
  return {
    findings,
    summary: { objects: objects.length, denied: count('deny'), warned: count('warn') }
  }
}

/** The request to judge, or undefined for a kind that the guard is never asked about. */
function requestOf(object: ManifestObject, username: string): GuardRequest | undefined {
  const { group, kind, namespace, value } = object
  if (group === 'admission.k8s.io' && kind === 'AdmissionReview') {
    const decoded = decodeReview(value)
    return decoded.kind === 'decoded' ? decoded.request : undefined
  }
  if (!isGuarded(group, kind)) return undefined
  return {
    group,
    kind,
    subResource: '',
    operation: 'CREATE',
    namespace,
    username,
    groups: [],
    object: value,
    oldObject: null
  }
}

const isGuarded = (group: string, kind: string): boolean =>
  podTemplatePath(group, kind) !== undefined ||
  (group === '' && kind === 'PersistentVolume') ||
  (group === 'storage.k8s.io' && kind === 'StorageClass')

function findingsOf(
  object: ManifestObject,
  request: GuardRequest,
  { optedIn }: CheckOptions,
  model: GuardModel
): readonly Finding[] {
  const clusterScoped = request.kind === 'PersistentVolume'
  const enforced = optedIn === undefined || clusterScoped || optedIn.has(request.namespace)
  const mode = enforced ? 'enforce-host-paths' : 'warn'
  const decision: GuardDecision = guard(request, mode, model)
  const inReview = object.kind === 'AdmissionReview' ? ['request', 'object'] : []
  return decision.violations.map((violation) => ({
    file: object.document.file,
    document: object.document.index,
    ...object.document.locate([...object.keys, ...inReview, ...fieldKeys(violation.field)]),
    kind: request.kind,
    namespace: request.namespace,
    name: object.kind === 'AdmissionReview' ? reviewedName(request) : object.name,
    field: violation.field,
    path: violation.path,
    reason: violation.reason,
    verdict: violation.verdict,
    message: violation.message,
    remedy: violation.remedy
  }))
}

function reviewedName({ object }: GuardRequest): string {
  const name =
    valueAt(object, ['metadata', 'name']) ?? valueAt(object, ['metadata', 'generateName'])
  return typeof name === 'string' ? name : ''
}

/** `spec.volumes[2].hostPath.path` as keys. */
function fieldKeys(field: string): readonly (string | number)[] {
  return [...field.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)].map(
    ([, index, quoted, plain]) => (index === undefined ? (quoted ?? plain ?? '') : Number(index))
  )
}

function optedInNamespaces(objects: readonly ManifestObject[]): ReadonlySet<string> {
  return new Set(
    objects
      .filter(({ group, kind }) => group === '' && kind === 'Namespace')
      .filter(
        ({ value }) => valueAt(value, ['metadata', 'labels', optInLabel.key]) === optInLabel.value
      )
      .map(({ name }) => name)
  )
}

function fail(errors: readonly string[], io: Io): number {
  usageErrors('check', errors, io)
  return exitCodes.usage
}

/** `spiffe-webhook check`. */
export const check: Command = {
  summary: 'find host paths in manifests that reach the socket',
  usage,
  run
}
