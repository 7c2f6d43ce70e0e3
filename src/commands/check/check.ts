import { optInLabel } from '../../inject/names.ts'
import { type Command, defineCommand } from '../command.ts'
import { exitCodes } from '../io.ts'
import { type Manifests, manifestFlags, readManifests } from '../manifests.ts'
import { readNamespaces } from '../namespaces.ts'
import { checkJson } from './json.ts'
import { checkObjects } from './judge.ts'
import { checkSarif } from './sarif.ts'
import { checkText } from './text.ts'

const label = `${optInLabel.key}=${optInLabel.value}`

/** `spiffe-webhook check`. */
export const check: Command = defineCommand({
  name: 'check',
  synopsis: '-f FILE|DIR|- [-f …] [flags]',
  about: [
    'The offline twin of the guard: judges every object of the manifests as if it were created now. AdmissionReviews in the input are judged as they are: operation, old object and user.'
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
    config: { value: 'FILE', help: 'configuration of the webhook' }
  },
  output: {
    help: 'format of the report',
    views: { text: checkText, json: checkJson, sarif: checkSarif }
  },
  exits: '0 clean, 1 something would be refused, 64 usage or unreadable manifest, 70 fault',
  read: async (flags, io) => {
    const read = await readManifests(flags, io)
    if ('errors' in read || read.input.objects.length > 0) return read
    const { faults } = read.input
    const nothing = 'nothing to check: the input contains no Kubernetes object'
    return { errors: faults.length > 0 ? faults : [nothing] }
  },
  run: async ({ flags, config, input }) => {
    const { objects, faults }: Manifests = input
    const scope = flags.scope === 'optedIn' ? 'optedIn' : 'cluster'
    const report = checkObjects(objects, config, { scope, username: flags.as ?? '' })
    const { denied, warned } = report.summary
    const fails = denied > 0 || (flags.strict && warned > 0)
    const isNowhere = scope === 'optedIn' && !readNamespaces(objects).any
    const note = `no Namespace object of the input has ${label}: host paths of workloads are only warnings`
    return {
      data: { report, faults },
      faults: [...faults, ...(isNowhere ? [note] : [])],
      code: faults.length > 0 ? exitCodes.usage : fails ? exitCodes.findings : exitCodes.clean
    }
  }
})
