import { optInLabel } from '../../inject/names.ts'
import { objectsOf } from '../../manifests/objects.ts'
import { type Command, defineCommand } from '../command.ts'
import { documentsOf, exitCodeOf, manifestFlags, readSources } from '../manifests.ts'
import { checkGithub } from './github.ts'
import { checkJson } from './json.ts'
import { makeJudge } from './judge.ts'
import { checkJunit } from './junit.ts'
import { type Checked, emptyReport } from './report.ts'
import { checkSarif } from './sarif.ts'
import { checkText } from './text.ts'

const label = `${optInLabel.key}=${optInLabel.value}`

const nothing = 'nothing to check: the input contains no Kubernetes object'
const nowhere = `no Namespace object of the input has ${label}: host paths of workloads are only warnings`

const views = {
  text: checkText,
  json: checkJson,
  sarif: checkSarif,
  junit: checkJunit,
  github: checkGithub
}

/** `spiffe-webhook check`. */
export const check: Command = defineCommand({
  name: 'check',
  synopsis: 'FILE|DIR|- … [flags]',
  about: [
    'The offline twin of the guard: judges every object of the manifests as if it were created now. AdmissionReviews in the input are judged as they are: operation, old object and user. Pods in custom kinds, such as a Rollout, are found by their shape.'
  ],
  flags: {
    ...manifestFlags,
    scope: {
      value: 'cluster|optedIn',
      values: ['cluster', 'optedIn'],
      help: `where host paths are refused: everywhere, or only in namespaces whose Namespace object in the input has ${label}; elsewhere they are warnings. PersistentVolumes are refused in both`
    },
    as: {
      value: 'USERNAME',
      help: 'user who would create the objects, for exemptions that name their creators'
    },
    strict: { help: 'warnings fail too' },
    'include-excluded': {
      help: 'judge objects in the namespaces of guard.excludedNamespaces too; the webhook is never asked about them'
    },
    'allow-empty': { help: 'exit with 0 where the input contains no Kubernetes object' },
    config: { value: 'FILE', help: 'configuration of the webhook' }
  },
  output: {
    help: 'format of the report',
    views,
    // A step that uploads a report fails where there is none.
    whenWrong: (faults) =>
      ({
        sarif: { report: emptyReport, faults },
        junit: { report: emptyReport, faults }
      }) satisfies Partial<Record<keyof typeof views, Checked>>
  },
  exits:
    '0 clean, 1 something would be refused, 64 usage or unreadable manifest, 65 both, 70 fault',
  read: readSources,
  run: async ({ flags, config, input, io }) => {
    const scope = flags.scope === 'optedIn' ? 'optedIn' : 'cluster'
    const options = { scope, username: flags.as ?? '', includeExcluded: flags['include-excluded'] }
    const judge = makeJudge(config, { ...options, scope })
    const faults: string[] = []
    for await (const document of documentsOf(input, faults, io)) {
      for (const object of objectsOf(document, flags.namespace)) judge.add(object)
    }
    const report = judge.report()
    const { objects, denied, warned } = report.summary
    const isNothing = objects === 0 && (faults.length > 0 || !flags['allow-empty'])
    if (isNothing) return { errors: faults.length > 0 ? faults : [nothing] }
    const isNowhere = scope === 'optedIn' && !report.anyOptedIn
    return {
      data: { report, faults },
      faults: [...faults, ...(isNowhere ? [nowhere] : [])],
      code: exitCodeOf(denied > 0 || (flags.strict && warned > 0), faults)
    }
  }
})
