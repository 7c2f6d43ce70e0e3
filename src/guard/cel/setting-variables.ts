import { kubeletFolders } from '../../host-paths/path-model.ts'
import { routes } from '../host-path.ts'
import { pipeNames } from './fault.ts'
import type { CelSettings } from './settings.ts'

/** One variable of a ValidatingAdmissionPolicy: evaluated when first named, once for a request. */
export interface PolicyVariable {
  readonly name: string
  readonly expression: string
}

/*
 * The path model of src/host-paths in CEL. Paths are compared with a slash at their end, so that a prefix of
 * the text is a prefix of whole segments: /run/ holds /run/spire/, and /run/spire/ does not hold /run/spirex/.
 */

/** Text of `path`, a CEL string, without empty and `.` segments, and with a slash at its end. */
const clean = (path: string): string =>
  `('/' + ${path}.split('/').filter(s, s != '' && s != '.').map(s, s + '/').join(''))`

/** A list of CEL strings, each cleaned, then led through the first alias that fits. */
export const canonical = (list: string): string =>
  `${list}.map(p, ${clean('string(p)')}).map(d,
  variables.aliases.exists(a, d.startsWith(a.from))
    ? variables.aliases.filter(a, d.startsWith(a.from)).map(a, a.to + d.substring(size(a.from)))[0]
    : d)`

const routeTo = (list: string, route: keyof typeof routes): string =>
  `${list}.map(d, {'at': d, 'reason': '${routes[route].reason}', 'what': ${JSON.stringify(routes[route].what)}})`

/** What the administrator set, in canonical form. */
export function settingVariables(settings: CelSettings): readonly PolicyVariable[] {
  const { aliases, exemptions, allowedHostPaths } = settings
  return [
    {
      name: 'aliases',
      expression: `${aliases}.map(a, {'from': ${clean('string(a.from)')}, 'to': ${clean('string(a.to)')}})`
    },
    { name: 'protectedPaths', expression: canonical(settings.protectedPaths) },
    { name: 'kubeletRoots', expression: canonical(settings.kubeletRoots) },
    {
      name: 'routes',
      expression: [
        routeTo('variables.protectedPaths', 'socket'),
        routeTo(`variables.kubeletRoots.map(r, r + 'pods/')`, 'kubelet'),
        routeTo(
          `variables.kubeletRoots.map(r, r + 'plugins/' + ${settings.csiDriver} + '/')`,
          'csiDriver'
        ),
        routeTo(`variables.kubeletRoots.map(r, r + 'plugins_registry/')`, 'csiDriver')
      ].join('\n+ ')
    },
    { name: 'deniesPrivileges', expression: `${settings.nodePrivileges} == 'deny'` },
    { name: 'runtimeSockets', expression: canonical(settings.containerRuntimeSockets) },
    {
      name: 'nodeFolders',
      expression: `${canonical(settings.nodeFolders)}
+ ${kubeletFolders.map((name) => `variables.kubeletRoots.map(r, r + '${name}/')`).join(' + ')}`
    },
    { name: 'pipes', expression: pipeNames(settings.protectedPipes) },
    {
      name: 'allowed',
      expression: `${allowedHostPaths}.map(a, {'prefix': ${canonical(`[a.prefix]`)}[0], 'readOnly': string(a.readOnly)})`
    },
    {
      name: 'exemptions',
      expression: `${exemptions}.map(e, {
  'namespace': e.namespace.map(x, string(x)), 'serviceAccount': e.serviceAccount.map(x, string(x)),
  'creators': e.creators.map(x, string(x)), 'debuggers': e.debuggers.map(x, string(x)),
  'hostPID': e.hostPID.map(x, string(x)), 'csiDrivers': e.csiDrivers.map(x, string(x)), 'paths': ${canonical('e.paths')}})`
    },
    { name: 'strict', expression: settings.strict }
  ]
}
