import { routes } from '../host-path.ts'
import { fault, pipeNames } from './fault.ts'
import type { PolicySettings } from './settings.ts'

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
const canonical = (list: string): string =>
  `${list}.map(p, ${clean('string(p)')}).map(d,
  variables.aliases.exists(a, d.startsWith(a.from))
    ? variables.aliases.filter(a, d.startsWith(a.from)).map(a, a.to + d.substring(size(a.from)))[0]
    : d)`

const road = (list: string, route: keyof typeof routes): string =>
  `${list}.map(d, {'at': d, 'reason': '${routes[route].reason}', 'what': ${JSON.stringify(routes[route].what)}})`

/** What the administrator set, in canonical form. */
export function settingVariables(settings: PolicySettings): readonly PolicyVariable[] {
  const { aliases, exemptions, allowedHostPaths } = settings
  return [
    {
      name: 'aliases',
      expression: `${aliases}.map(a, {'from': ${clean('string(a.from)')}, 'to': ${clean('string(a.to)')}})`
    },
    { name: 'protectedPaths', expression: canonical(settings.protectedPaths) },
    { name: 'kubeletRoots', expression: canonical(settings.kubeletRoots) },
    {
      name: 'roads',
      expression: [
        road('variables.protectedPaths', 'socket'),
        road(`variables.kubeletRoots.map(r, r + 'pods/')`, 'kubelet'),
        road(
          `variables.kubeletRoots.map(r, r + 'plugins/' + ${settings.csiDriver} + '/')`,
          'csiDriver'
        ),
        road(`variables.kubeletRoots.map(r, r + 'plugins_registry/')`, 'csiDriver')
      ].join('\n+ ')
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
  'paths': ${canonical('e.paths')}})`
    }
  ]
}

/** The template of the object: a Pod is its own. An absent one has no volumes. */
const template = (object: string): string =>
  `request.kind.kind == 'Pod' ? ${object}
: request.kind.kind == 'PersistentVolume' ? {}
: request.kind.kind == 'PodTemplate' ? ${object}.?template.orValue({})
: request.kind.kind == 'CronJob' ? ${object}.?spec.?jobTemplate.?spec.?template.orValue({})
: ${object}.?spec.?template.orValue({})`

const sources = (object: string, spec: string): string =>
  `request.kind.kind == 'PersistentVolume'
? (has(${object}.spec.hostPath)
    ? [{'name': 'hostPath', 'what': 'hostPath source of PersistentVolume "' + ${object}.metadata.name + '"', 'path': string(${object}.spec.hostPath.path)}] : [])
  + (has(${object}.spec.local)
    ? [{'name': 'local', 'what': 'local source of PersistentVolume "' + ${object}.metadata.name + '"', 'path': string(${object}.spec.local.path)}] : [])
: ${spec}.?volumes.orValue([]).filter(v, has(v.hostPath)).map(v,
    {'name': string(v.name), 'what': 'hostPath volume "' + v.name + '"', 'path': string(v.hostPath.path)})`

const withRealPath = (hosts: string): string =>
  `${hosts}.map(h, {'name': h.name, 'what': h.what, 'path': h.path, 'real': ${canonical('[h.path]')}[0]})`

const deniedDrivers = (
  object: string,
  spec: string,
  { deniedCsiDrivers: denied, csiDriver: driver }: PolicySettings
): string => `(request.kind.kind == 'PersistentVolume'
  ? (has(${object}.spec.csi) && ${object}.spec.csi.driver in ${denied} ? [{'name': 'csi', 'what': 'csi source of PersistentVolume "' + ${object}.metadata.name + '" names the driver "' + ${object}.spec.csi.driver + '"'}] : [])
  : ${spec}.?volumes.orValue([]).filter(v, has(v.csi) && v.csi.driver in ${denied}).map(v,
      {'name': string(v.name), 'what': 'csi volume "' + v.name + '" names the driver "' + v.csi.driver + '"'}))
.map(t, {'name': t.name, 'path': '', 'real': '', 'text': 'CsiDriverDenied: ' + t.what + ", which hands out another agent's socket: use the driver " + ${driver}})`

/**
 * An exemption covers the whole workload by itself: exact namespace, service account, and every offending path. An
 * unusable path has no meaning that an entry could list.
 */
const exemptionsOf = (spec: string, found: string, asksCreator: boolean): string => {
  const account = `${spec}.?serviceAccountName.orValue('')`
  const deprecated = `${spec}.?serviceAccount.orValue('')`
  const serviceAccount = `(${account} != '' ? ${account} : ${deprecated} != '' ? ${deprecated} : 'default')`
  const creator = `(request.kind.kind != 'Pod' || size(e.creators) == 0 || request.userInfo.username in e.creators)`
  return `request.kind.kind == 'PersistentVolume' ? [] : variables.exemptions.filter(e,
  request.namespace in e.namespace && ${serviceAccount} in e.serviceAccount
  ${asksCreator ? `&& ${creator}` : ''}
  && ${found}.all(f, !f.text.startsWith('HostPathUnusable: ') && f.real in e.paths))`
}

/** The variables of one object; `prefix` tells those of the old one apart. */
function objectVariables(
  prefix: '' | 'old',
  object: string,
  settings: PolicySettings
): readonly PolicyVariable[] {
  const name = (base: string): string =>
    prefix === '' ? base : `${prefix}${base.charAt(0).toUpperCase()}${base.slice(1)}`
  const at = (base: string): string => `variables.${name(base)}`
  return [
    { name: name('template'), expression: template(object) },
    { name: name('podSpec'), expression: `${at('template')}.?spec.orValue({})` },
    { name: name('hosts'), expression: withRealPath(`(${sources(object, at('podSpec'))})`) },
    {
      name: name('found'),
      expression: `${at('hosts')}.map(h, {'name': h.name, 'path': h.path, 'real': h.real, 'text': ${fault(at('podSpec'))}}).filter(f, f.text != '')
+ ${deniedDrivers(object, at('podSpec'), settings)}`
    },
    {
      name: name('denied'),
      expression: `size(${exemptionsOf(at('podSpec'), at('found'), true)}) > 0 ? [] : ${at('found')}`
    }
  ]
}

/** What an update of pods/ephemeralcontainers brings, as `judgeEphemeral` reads it. */
const ephemeralVariables: readonly PolicyVariable[] = [
  {
    name: 'fresh',
    expression: `object.spec.?ephemeralContainers.orValue([]).filter(c,
  !oldObject.spec.?ephemeralContainers.orValue([]).exists(o, o.name == c.name))`
  },
  {
    name: 'covering',
    expression: exemptionsOf('variables.podSpec', 'variables.found', false)
  },
  {
    name: 'ephemeralDenied',
    expression: `size(variables.found) == 0 ? []
: size(variables.covering) > 0
  ? (request.userInfo.username in variables.covering[0].debuggers ? [] : variables.fresh.map(c,
      'EphemeralContainerInExemptPod: ephemeral container "' + c.name + "\\" joins a pod whose host paths are exempt: have the user listed under the exemption's debuggers"))
  : variables.found.filter(f, variables.fresh.exists(c,
      c.?volumeMounts.orValue([]).exists(m, m.name == f.name)
      || (object.spec.?initContainers.orValue([]) + object.spec.containers).exists(n,
          (object.spec.?shareProcessNamespace.orValue(false) || n.name == c.?targetContainerName.orValue(''))
          && n.?volumeMounts.orValue([]).exists(m, m.name == f.name))))
    .map(f, f.text)`
  }
]

/** Every variable of the policy, each using only those before it. */
export function policyVariables(settings: PolicySettings): readonly PolicyVariable[] {
  return [
    ...settingVariables(settings),
    { name: 'strict', expression: settings.strict },
    ...objectVariables('', 'object', settings),
    ...objectVariables('old', 'oldObject', settings),
    ...ephemeralVariables,
    {
      name: 'mirror',
      expression: `request.kind.kind == 'Pod' && 'system:nodes' in request.userInfo.groups
&& 'kubernetes.io/config.mirror' in object.metadata.?annotations.orValue({})`
    },
    {
      name: 'refused',
      expression: `variables.mirror ? []
: request.?subResource.orValue('') == 'ephemeralcontainers' ? variables.ephemeralDenied
: request.operation == 'UPDATE'
  ? variables.denied.filter(d, !variables.oldDenied.exists(o, o.text == d.text && o.path == d.path)).map(d, d.text)
  : variables.denied.map(d, d.text)`
    }
  ]
}
