import { optInLabel } from '../../inject/names.ts'
import { type Command, exitCodes, type Io } from '../command.ts'
import { type Flags, readFlags } from '../flags.ts'
import { type Input, manifestFlags, readInput, tellFaults, usageErrors } from '../manifests.ts'
import { readNamespaces } from '../namespaces.ts'
import { checkObjects } from './judge.ts'
import { reportSarif } from './sarif.ts'
import { type CheckReport, type ReportOptions, reportJson, reportText } from './text.ts'

const label = `${optInLabel.key}=${optInLabel.value}`

const usage = `Usage: spiffe-webhook check -f FILE|DIR|- [-f …] [flags]

The offline twin of the guard: judges every object of the manifests as if it were created now. AdmissionReviews
may stand among them and are judged as they stand: operation, old object and user.

  -f, --filename FILE|DIR|-       manifests to read (YAML or JSON, Lists, many documents); repeatable
  -o, --output text|json|sarif    how to print what was found
      --scope cluster|optedIn     where host paths are refused: everywhere (default), or only in namespaces whose
                                  Namespace object in the input has ${label};
                                  elsewhere they warn. PersistentVolumes are refused in both
  -n, --namespace NAME            namespace of objects that name none
      --as USERNAME               who would create the objects, for exemptions that name their creators
      --strict                    warnings fail too
      --config FILE               configuration of the webhook
  -h, --help                      print this

Exit code: 0 clean, 1 something would be refused, 64 usage or unreadable manifest, 70 fault.
`

const views: Readonly<Record<string, (report: CheckReport, options: ReportOptions) => string>> = {
  text: reportText,
  json: reportJson,
  sarif: reportSarif
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const read = readFlags(args, {
    ...manifestFlags,
    output: { type: 'string', short: 'o', values: Object.keys(views) },
    scope: { type: 'string', values: ['cluster', 'optedIn'] },
    as: { type: 'string' },
    strict: { type: 'boolean' }
  })
  if ('errors' in read) return fail(read.errors, io)
  if (read.flags.on('help')) {
    io.out(usage)
    return exitCodes.clean
  }
  const input = await readInput(read.flags, io)
  if ('errors' in input) return fail(input.errors, io)
  if (input.objects.length === 0) {
    const nothing = 'nothing to check: the input holds no Kubernetes object'
    return fail(input.faults.length > 0 ? input.faults : [nothing], io)
  }
  return tell(input, read.flags, io)
}

function tell(input: Exclude<Input, { errors: unknown }>, flags: Flags, io: Io): number {
  const { objects, config, faults } = input
  const scope = flags.text('scope') === 'optedIn' ? 'optedIn' : 'cluster'
  const report = checkObjects(objects, config, { scope, username: flags.text('as') ?? '' })
  const view = views[flags.text('output') ?? 'text'] ?? reportText
  io.out(view(report, { colours: io.colours, faults }))
  tellFaults('check', faults, io)
  if (scope === 'optedIn' && !readNamespaces(objects).any) {
    io.err(
      `spiffe-webhook check: no Namespace object of the input has ${label}: host paths of workloads only warn\n`
    )
  }
  if (faults.length > 0) return exitCodes.usage
  const { denied, warned } = report.summary
  return denied > 0 || (flags.on('strict') && warned > 0) ? exitCodes.findings : exitCodes.clean
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
