import { quote } from '../../kubernetes/quote.ts'
import { sentence } from '../sentences.ts'
import type { RuleAbout } from './rule.ts'

const joins = 'joins a pod whose host paths are exempt'
const remedy = "have the user listed under the exemption's debuggers"

/**
 * An ephemeral container may join the processes of an exempt pod, whose exemption was not meant for it. What it
 * reaches in any other pod is what the rules about pods find there, as far as the new container reaches it (added.ts).
 *
 * Restricted fields: spec.ephemeralContainers[*], each new one, in an exempt pod
 * Allowed values:    those of the entry's debuggers
 */
export const ephemeralContainers: RuleAbout<
  'ephemeralContainers',
  'EphemeralContainerInExemptPod'
> = {
  about: 'ephemeralContainers',
  reasons: {
    EphemeralContainerInExemptPod: {
      meaning:
        'An ephemeral container joins a pod whose host paths are exempt; the exemption is not for it.',
      remedy
    }
  },
  sees: () => [
    {
      verdict: 'deny',
      container: 'true',
      says: {
        text: `'EphemeralContainerInExemptPod: ephemeral container "' + c.name + '" ' + ${JSON.stringify(sentence({ what: joins, remedy }))}`
      }
    }
  ],
  *find({ containers, exemption, username }) {
    if (exemption.debuggers?.includes(username) === true) return
    for (const { name } of containers) {
      yield {
        verdict: 'deny',
        reason: 'EphemeralContainerInExemptPod',
        keys: ['spec', 'ephemeralContainers'],
        subject: name,
        what: `ephemeral container ${quote(name)} ${joins}`,
        remedy
      }
    }
  }
}
