import { setTimeout } from 'node:timers/promises'
import { reader } from '../../cluster/api.ts'
import { chooseCluster } from '../../cluster/choose.ts'
import { listAt, nameOf } from '../../kubernetes/fields.ts'
import type { Flag } from '../flags.ts'

/** Milliseconds: a person who pressed tab does not wait for longer, and not for a second try. */
const limit = 2000
const patience = { first: limit, later: limit, tries: 1 }

/** Names that a shell offers: contexts of the kubeconfig, or namespaces of the cluster that the line names. None on any fault. */
export async function clusterNames(
  what: NonNullable<Flag['names']>,
  line: readonly string[]
): Promise<readonly string[]> {
  const kubeconfig = valueGiven('--kubeconfig', line)
  const context = what === 'contexts' ? undefined : valueGiven('--context', line)
  const chosen = chooseCluster({ kubeconfig, context })
  if (what === 'contexts') return contextsOf(chosen)
  if ('error' in chosen) return []
  try {
    // Credentials may come from a program, and an answer in many small pieces.
    const asked = reader(chosen.config, patience)('/api/v1/namespaces?limit=500')
    const answer = await Promise.race([asked, setTimeout(limit, undefined, { ref: false })])
    return listAt(answer?.body, 'items').map(nameOf)
  } catch {
    return []
  }
}

/** A file without a current context has contexts all the same. */
const contextsOf = (chosen: ReturnType<typeof chooseCluster>): readonly string[] =>
  ('contexts' in chosen ? chosen.contexts : []).toSorted()

/** `--flag value`, `--flag=value`, or the three words that bash makes of the latter. */
function valueGiven(flag: string, line: readonly string[]): string | undefined {
  const words = line.filter((word) => word !== '=')
  const inline = words.find((word) => word.startsWith(`${flag}=`))
  if (inline !== undefined) return inline.slice(flag.length + 1)
  const index = words.indexOf(flag)
  return index < 0 ? undefined : words[index + 1]
}
