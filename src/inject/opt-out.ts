import type { InjectConfig } from '../config/config.ts'
import type { Pod } from '../kubernetes/pod.ts'
import { optOutLabel } from './names.ts'

/** True where the pod's own label keeps it out and the administrator lets it. */
export function isOptedOut(pod: Pod, config: InjectConfig): boolean {
  return config.allowOptOut && pod.metadata?.labels?.[optOutLabel.key] === optOutLabel.value
}
