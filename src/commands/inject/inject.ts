import { optInLabel } from '../../inject/names.ts'
import { type Command, defineCommand } from '../command.ts'
import { exitCodeOf, manifestFlags, readAll } from '../manifests.ts'
import { type Namespaces, readNamespaces } from '../namespaces.ts'
import { decideObjects, type WhyNot } from './decide.ts'
import { summaryOf, views } from './print.ts'

const label = `${optInLabel.key}=${optInLabel.value}`

/** `spiffe-webhook inject`. */
export const inject: Command = defineCommand({
  name: 'inject',
  synopsis: 'FILE|DIR|- … [flags]',
  about: [
    'The offline twin of POST /inject: moves every Istio-injected pod of the manifests onto the Workload API. Prints all manifests in their order; what is not changed stays as it was. A summary goes to standard error.'
  ],
  flags: {
    ...manifestFlags,
    'namespace-labels': {
      value: 'K=V,…',
      check: (text: string) => {
        const wrong = pairsOf(text).filter((pair) => !/^[^=]+=/.test(pair))
        return wrong.length === 0 ? undefined : 'must be KEY=VALUE pairs, with commas between'
      },
      help: `labels of the namespace: without ${label} nothing is moved. Without this flag, Namespace objects of the input decide for their own namespace, and everything else is moved`
    },
    config: { value: 'FILE', help: 'configuration of the webhook' }
  },
  output: {
    help: 'what to print: the manifests, the objects, the operations, or the difference',
    views
  },
  exits: '0 done, 1 a pod was refused, 64 usage or unreadable manifest, 65 both, 70 fault',
  read: readAll,
  run: async ({ flags, config, input }) => {
    const labels = flags['namespace-labels']
    const optedIn = labels === undefined ? undefined : pairsOf(labels).includes(label)
    const whyNot = whyNotOf(optedIn, readNamespaces(input.objects))
    const objects = Map.groupBy(input.objects, ({ document }) => document)
    const documents = new Map(
      input.documents.map((document) => [
        document,
        decideObjects(objects.get(document) ?? [], config.inject, whyNot)
      ])
    )
    const decided = [...documents.values()].flat()
    const { faults } = input
    const refused = decided.some(({ decision }) => decision.kind === 'refused')
    const isNothing = decided.length === 0 && faults.length === 0
    return {
      data: { documents, mark: input.mark },
      faults,
      summary: isNothing
        ? ['nothing to move: the input contains no pod and no pod template']
        : decided.flatMap(summaryOf),
      code: exitCodeOf(refused, faults)
    }
  }
})

const pairsOf = (text: string): readonly string[] => text.split(',').filter((pair) => pair !== '')

/** The webhook is asked only about pods of namespaces that opt in (its namespaceSelector). */
function whyNotOf(optedIn: boolean | undefined, namespaces: Namespaces): WhyNot {
  return (namespace) =>
    (optedIn ?? namespaces.optedIn(namespace) ?? true)
      ? undefined
      : `the namespace lacks the label ${label}`
}
