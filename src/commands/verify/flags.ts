import { loadConfig } from '../../config/load.ts'
import { isLabel } from '../../kubernetes/names.ts'
import type { VerifySubject } from '../../verify/scope.ts'
import type { Flag, Flags } from '../flags.ts'

/** The flags of verify. */
export const verifyFlags: Readonly<Record<string, Flag>> = {
  namespace: { type: 'string', short: 'n' },
  exec: { type: 'boolean' },
  pods: { type: 'string' },
  rotation: { type: 'string' },
  'agent-namespace': { type: 'string' },
  output: { type: 'string', short: 'o', values: ['text', 'json', 'metrics'] },
  'push-gateway': { type: 'string' },
  strict: { type: 'boolean' },
  config: { type: 'string' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  help: { type: 'boolean', short: 'h' }
}

/** What the command line asks for, checked. */
export interface VerifySettings extends VerifySubject {
  readonly output: string
  readonly pushGateway: string | undefined
  readonly strict: boolean
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
}

/** Settings, or everything that is wrong at once. */
export function readVerifyFlags(
  flags: Flags
): VerifySettings | { readonly errors: readonly string[] } {
  const file = flags.text('config')
  const loaded = loadConfig(file === undefined ? {} : { file })
  const errors = 'errors' in loaded ? [...loaded.errors] : []
  const count = (name: string, most: number): number | undefined => {
    const text = flags.text(name)
    if (text === undefined) return undefined
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < 1 || value > most) {
      errors.push(`--${name} ${JSON.stringify(text)}: a whole number from 1 to ${most} is wanted`)
    }
    return value
  }
  for (const name of ['namespace', 'agent-namespace']) {
    const text = flags.text(name)
    // Anything else would also change the path of the request.
    if (text !== undefined && !isLabel(text)) {
      errors.push(`--${name} ${JSON.stringify(text)} is no name of a namespace`)
    }
  }
  const gateway = flags.text('push-gateway')
  if (gateway !== undefined && !/^https?:\/\//.test(gateway)) {
    errors.push(`--push-gateway ${JSON.stringify(gateway)}: an http or https address is wanted`)
  }
  const rotation = count('rotation', 86_400)
  const pods = count('pods', 10_000) ?? 20
  if ('errors' in loaded || errors.length > 0) return { errors }
  return {
    config: loaded.config,
    hasConfigFile: file !== undefined,
    namespace: flags.text('namespace'),
    agentNamespace: flags.text('agent-namespace'),
    pods: flags.on('exec') || rotation !== undefined ? pods : 0,
    rotation,
    output: flags.text('output') ?? 'text',
    pushGateway: gateway,
    strict: flags.on('strict'),
    kubeconfig: flags.text('kubeconfig'),
    context: flags.text('context')
  }
}
