import { routes } from '../host-path.ts'
import type { PolicyPart, PolicySubject, Rule, Subjects } from '../rules/rule.ts'
import { fault, pipeNames } from './fault.ts'
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
const canonical = (list: string): string =>
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
  'csiDrivers': e.csiDrivers.map(x, string(x)), 'paths': ${canonical('e.paths')}})`
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

/** What the rules about one subject add to the policy. */
function partsOf(
  rules: readonly Rule[],
  about: keyof Subjects,
  subject: PolicySubject,
  settings: CelSettings
): readonly PolicyPart[] {
  return rules.flatMap((rule) =>
    rule.about === about && rule.policy !== undefined ? [rule.policy(subject, settings)] : []
  )
}

const sum = (lists: readonly (string | undefined)[]): string => {
  const known = lists.filter((list) => list !== undefined)
  return known.length === 0 ? '[]' : known.join('\n+ ')
}

/** Of a PersistentVolume what its rules say, of everything else what the rules about pods say. */
function ofObject(
  rules: readonly Rule[],
  subject: PolicySubject,
  settings: CelSettings,
  pick: (part: PolicyPart) => string | undefined
): string {
  const volumes = sum(partsOf(rules, 'persistentVolume', subject, settings).map(pick))
  const pods = sum(partsOf(rules, 'pod', subject, settings).map(pick))
  return `(request.kind.kind == 'PersistentVolume'\n? ${volumes}\n: ${pods})`
}

const withRealPath = (hosts: string): string =>
  `${hosts}.map(h, {'name': h.name, 'what': h.what, 'path': h.path, 'real': ${canonical('[h.path]')}[0]})`

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
  && ${found}.all(f, f.driver in e.csiDrivers || f.driver == '' && !f.text.startsWith('HostPathUnusable: ') && f.real in e.paths))`
}

/** The variables of one object; `prefix` tells those of the old one apart. */
function objectVariables(
  rules: readonly Rule[],
  prefix: '' | 'old',
  object: string,
  settings: CelSettings
): readonly PolicyVariable[] {
  const name = (base: string): string =>
    prefix === '' ? base : `${prefix}${base.charAt(0).toUpperCase()}${base.slice(1)}`
  const at = (base: string): string => `variables.${name(base)}`
  const subject = { object, spec: at('podSpec') }
  return [
    { name: name('template'), expression: template(object) },
    { name: name('podSpec'), expression: `${at('template')}.?spec.orValue({})` },
    {
      name: name('hosts'),
      expression: withRealPath(ofObject(rules, subject, settings, ({ hostPaths }) => hostPaths))
    },
    {
      name: name('found'),
      expression: `${at('hosts')}.map(h, {'name': h.name, 'path': h.path, 'real': h.real, 'driver': '', 'text': ${fault(at('podSpec'))}}).filter(f, f.text != '')
+ ${ofObject(rules, subject, settings, ({ refusals }) => refusals)}.map(t, {'name': t.name, 'path': '', 'real': '', 'driver': t.driver, 'text': t.text})`
    },
    {
      name: name('denied'),
      expression: `size(${exemptionsOf(at('podSpec'), at('found'), true)}) > 0 ? [] : ${at('found')}`
    }
  ]
}

/** What an update of pods/ephemeralcontainers brings, as `judgeEphemeral` reads it. */
function ephemeralVariables(
  rules: readonly Rule[],
  settings: CelSettings
): readonly PolicyVariable[] {
  const subject = { object: 'object', spec: 'variables.podSpec' }
  const parts = partsOf(rules, 'ephemeralContainers', subject, settings)
  const refusals = sum(parts.map((part) => part.refusals))
  return [
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
  ? (request.userInfo.username in variables.covering[0].debuggers ? [] : ${refusals}.map(t, t.text))
  : variables.found.filter(f, variables.fresh.exists(c,
      c.?volumeMounts.orValue([]).exists(m, m.name == f.name)
      || (object.spec.?initContainers.orValue([]) + object.spec.containers).exists(n,
          (object.spec.?shareProcessNamespace.orValue(false) || n.name == c.?targetContainerName.orValue(''))
          && n.?volumeMounts.orValue([]).exists(m, m.name == f.name))))
    .map(f, f.text)`
    }
  ]
}

/** Every variable of the policy, each using only those before it. */
export function policyVariables(
  rules: readonly Rule[],
  settings: CelSettings
): readonly PolicyVariable[] {
  return [
    ...settingVariables(settings),
    { name: 'strict', expression: settings.strict },
    ...objectVariables(rules, '', 'object', settings),
    ...objectVariables(rules, 'old', 'oldObject', settings),
    ...ephemeralVariables(rules, settings),
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
