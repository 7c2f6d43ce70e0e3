import { isUnreachable } from '../cluster/api.ts'
import type { ChosenCluster as Chosen } from '../cluster/choose.ts'
import { parseSelector } from '../kubernetes/label-selector.ts'
import { isLabel } from '../kubernetes/names.ts'
import type { Outcome, Wrong } from './command.ts'
import { exitCodes, type Io } from './io.ts'
import { makeProgress } from './progress.ts'

/** What is wrong with the name of a namespace; anything else would also change the path of a request. */
export const namespaceFault = (text: string): string | undefined =>
  isLabel(text) ? undefined : 'must be the name of a namespace'

/** The flags of every command that reads a cluster. */
export const clusterFlags = {
  kubeconfig: {
    value: 'FILE',
    help: "instead of $KUBECONFIG, ~/.kube/config or the pod's ServiceAccount"
  },
  selector: {
    short: 'l',
    value: 'SELECTOR',
    check: (text: string): string | undefined =>
      parseSelector(text) === undefined
        ? 'must be a label selector, as in app=cart,tier!=db'
        : undefined,
    help: 'only pods with these labels, as for kubectl'
  },
  context: { value: 'NAME', names: 'contexts', help: 'context of the kubeconfig' }
} as const

/** A cluster that was chosen, and a line for the person who waits. */
export interface ChosenCluster {
  readonly config: Extract<Chosen, { readonly config: unknown }>['config']
  readonly server: string
  readonly progress: (text: string) => void
}

/**
 * Chooses the cluster that the flags name and works on it; answers with a fault where no answer comes from it. The Kubernetes client is
 * large, so it is loaded here: --help and a wrong command line must not wait for it.
 */
export async function onCluster<Data>(
  named: { readonly kubeconfig: string | undefined; readonly context: string | undefined },
  io: Io,
  work: (cluster: ChosenCluster) => Promise<Outcome<Data> | Wrong>
): Promise<Outcome<Data> | Wrong> {
  const { chooseCluster } = await import('../cluster/choose.ts')
  const chosen = chooseCluster(named)
  if ('error' in chosen) return { errors: [chosen.error] }
  const progress = makeProgress(io, process.stderr.isTTY === true)
  try {
    return await work({ ...chosen, progress: progress.show })
  } catch (error) {
    if (!isUnreachable(error)) throw error
    return { faults: [error.message], code: exitCodes.unavailable }
  } finally {
    progress.clear()
  }
}
