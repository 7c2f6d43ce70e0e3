import { stringify } from 'yaml'
import { loadConfig } from '../config/load.ts'
import { renderPolicy } from '../guard/cel/policy.ts'
import { policySettings } from '../guard/cel/settings.ts'
import { isLabel, isSubdomain } from '../kubernetes/names.ts'
import { type Command, exitCodes, type Io } from './command.ts'
import { readFlags } from './flags.ts'
import { usageErrors } from './manifests.ts'

const usage = `Usage: spiffe-webhook policy [flags]

Prints the guard as a ValidatingAdmissionPolicy and its binding: the API server refuses by itself while no replica
of the webhook is up.

      --name NAME         name of both objects (default spiffe-webhook)
      --namespace NAME    namespace of the webhook, which is never judged (default spiffe-webhook)
      --static            names for the API server's staticManifestsDir, which end in .static.k8s.io
  -o, --output yaml|json  how to print them
      --config FILE       configuration of the webhook; guard.scope says where the policy holds
  -h, --help              print this
`

/** Files of staticManifestsDir carry this suffix (kubernetes ManifestBasedAdmissionControlConfig). */
const staticSuffix = '.static.k8s.io'

async function run(args: readonly string[], io: Io): Promise<number> {
  const read = readFlags(args, {
    name: { type: 'string' },
    namespace: { type: 'string' },
    static: { type: 'boolean' },
    output: { type: 'string', short: 'o', values: ['yaml', 'json'] },
    config: { type: 'string' },
    help: { type: 'boolean', short: 'h' }
  })
  if ('errors' in read) return fail(read.errors, io)
  const { flags } = read
  if (flags.on('help')) {
    io.out(usage)
    return exitCodes.clean
  }
  const name = `${flags.text('name') ?? 'spiffe-webhook'}${flags.on('static') ? staticSuffix : ''}`
  const namespace = flags.text('namespace') ?? 'spiffe-webhook'
  const file = flags.text('config')
  const loaded = loadConfig(file === undefined ? {} : { file })
  const errors = nameErrors(name, namespace)
  if ('errors' in loaded) return fail([...errors, ...loaded.errors], io)
  if (errors.length > 0) return fail(errors, io)
  const objects = renderPolicy(policySettings(loaded.config), {
    name,
    scope: loaded.config.guard.scope,
    excludedNamespaces: ['kube-system', namespace]
  })
  io.out(
    flags.text('output') === 'json'
      ? objects.map((object) => `${JSON.stringify(object, null, 2)}\n`).join('')
      : objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n')
  )
  return exitCodes.clean
}

/** What the API server would say of the names. */
function nameErrors(name: string, namespace: string): readonly string[] {
  const letters = 'use lower-case letters, digits and -'
  return [
    isSubdomain(name)
      ? ''
      : `--name ${JSON.stringify(name)} cannot name an object: ${letters}, with dots between`,
    isLabel(namespace)
      ? ''
      : `--namespace ${JSON.stringify(namespace)} cannot name a namespace: ${letters}`
  ].filter((error) => error !== '')
}

function fail(errors: readonly string[], io: Io): number {
  usageErrors('policy', errors, io)
  return exitCodes.usage
}

/** `spiffe-webhook policy`. */
export const policy: Command = {
  summary: 'print the guard as a ValidatingAdmissionPolicy',
  usage,
  run
}
