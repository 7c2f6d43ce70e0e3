import type { Container } from '../kubernetes/pod.ts'

/** The value that a process sees: the last entry of a name wins. Undefined: none, or taken from elsewhere. */
export function lastEnv({ env }: Container, name: string): string | undefined {
  for (let index = (env?.length ?? 0) - 1; index >= 0; index--) {
    const entry = env?.[index]
    if (entry?.name !== name) continue
    return typeof entry.value === 'string' ? entry.value : undefined
  }
  return undefined
}
