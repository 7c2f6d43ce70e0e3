import { stringify } from 'yaml'
import { renderPolicy } from '../guard/cel/policy.ts'
import { celSettings } from '../guard/cel/settings.ts'
import { isLabel, isSubdomain } from '../kubernetes/names.ts'
import { type Command, defineCommand } from './command.ts'
import { exitCodes } from './io.ts'

/** Files of staticManifestsDir carry this suffix (kubernetes ManifestBasedAdmissionControlConfig). */
const staticSuffix = '.static.k8s.io'

const letters = 'lower-case letters, digits and -'

/** `spiffe-webhook policy`. */
export const policy: Command = defineCommand({
  name: 'policy',
  about: [
    'Prints the guard as a ValidatingAdmissionPolicy and its binding: the API server refuses by itself while no replica of the webhook is up.'
  ],
  flags: {
    name: {
      value: 'NAME',
      check: (text) =>
        isSubdomain(text)
          ? undefined
          : `must be the name of an object: ${letters}, with dots between`,
      help: 'name of both objects (default spiffe-webhook)'
    },
    namespace: {
      short: 'n',
      value: 'NAMESPACE',
      check: (text) => (isLabel(text) ? undefined : `must be the name of a namespace: ${letters}`),
      help: 'namespace of the webhook, which is never judged (default spiffe-webhook)'
    },
    static: { help: "names for the API server's staticManifestsDir, which end in .static.k8s.io" },
    config: {
      value: 'FILE',
      help: 'configuration of the webhook; guard.scope says where the policy holds'
    }
  },
  output: {
    help: 'format of the objects',
    views: {
      yaml: (objects: readonly object[]) =>
        objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n'),
      json: (objects) => objects.map((object) => `${JSON.stringify(object, null, 2)}\n`).join('')
    }
  },
  exits: '0 done, 64 usage or configuration, 70 fault',
  run: async ({ flags, config }) => ({
    data: renderPolicy(celSettings(config), {
      name: `${flags.name ?? 'spiffe-webhook'}${flags.static ? staticSuffix : ''}`,
      scope: config.guard.scope,
      excludedNamespaces: ['kube-system', flags.namespace ?? 'spiffe-webhook']
    }),
    code: exitCodes.clean
  })
})
