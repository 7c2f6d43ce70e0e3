import type { Rule } from '../rules/rule.ts'
import { fault } from './fault.ts'
import {
  hostPathsOf,
  ofEphemeralContainers,
  ofPods,
  ofVolumes,
  type PolicySubject,
  refusalsOf
} from './sayings.ts'
import { canonical, type PolicyVariable, settingVariables } from './setting-variables.ts'
import type { CelSettings } from './settings.ts'

/** The template of the object: a Pod is its own, and a Binding has a pod's metadata. An absent one has no volumes. */
const template = (object: string): string =>
  `request.kind.kind in ['Pod', 'Binding'] ? ${object}
: request.kind.kind == 'PersistentVolume' ? {}
: request.kind.kind == 'PodTemplate' ? ${object}.?template.orValue({})
: request.kind.kind == 'CronJob' ? ${object}.?spec.?jobTemplate.?spec.?template.orValue({})
: ${object}.?spec.?template.orValue({})`

const withRealPath = (hosts: string): string =>
  `${hosts}.map(h, {'name': h.name, 'what': h.what, 'path': h.path, 'real': ${canonical('[h.path]')}[0]})`

/**
 * An exemption covers the whole workload by itself: exact namespace, service account, and everything that was found. An
 * unusable path has no meaning that an entry could list.
 */
const exemptionsOf = (spec: string, found: string, asksCreator: boolean): string => {
  const account = `${spec}.?serviceAccountName.orValue('')`
  const deprecated = `${spec}.?serviceAccount.orValue('')`
  const serviceAccount = `(${account} != '' ? ${account} : ${deprecated} != '' ? ${deprecated} : 'default')`
  const creator = `(!(request.kind.kind in ['Pod', 'Binding']) || size(e.creators) == 0 || request.userInfo.username in e.creators)`
  return `request.kind.kind == 'PersistentVolume' ? [] : variables.exemptions.filter(e,
  request.namespace in e.namespace && ${serviceAccount} in e.serviceAccount
  ${asksCreator ? `&& ${creator}` : ''}
  && ${found}.all(f, f.privilege != '' ? f.privilege != 'hostPID' || size(e.hostPID) > 0
    : f.driver in e.csiDrivers || f.driver == '' && !f.text.startsWith('HostPathUnusable: ') && f.real in e.paths))`
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
  const subject: PolicySubject = {
    object,
    spec: at('podSpec'),
    metadata: at('podMetadata'),
    containers: at('containers')
  }
  const [pods, volumes] = [ofPods(rules, subject, settings), ofVolumes(rules, subject, settings)]
  const either = (of: typeof hostPathsOf): string =>
    `(request.kind.kind == 'PersistentVolume'\n? ${of(volumes)}\n: ${of(pods)})`
  const lists = ['containers', 'initContainers', 'ephemeralContainers']
  return [
    { name: name('template'), expression: template(object) },
    { name: name('podSpec'), expression: `${at('template')}.?spec.orValue({})` },
    { name: name('podMetadata'), expression: `${at('template')}.?metadata.orValue({})` },
    {
      name: name('containers'),
      expression: lists.map((list) => `${at('podSpec')}.?${list}.orValue([])`).join(' + ')
    },
    { name: name('hosts'), expression: withRealPath(either(hostPathsOf)) },
    {
      name: name('found'),
      expression: `${at('hosts')}.map(h, {'name': h.name, 'container': '', 'path': h.path, 'real': h.real, 'driver': '', 'privilege': '', 'text': ${fault(at('containers'))}}).filter(f, f.text != '')
+ ${either(refusalsOf)}.map(t, {'name': t.name, 'container': t.container, 'path': '', 'real': '', 'driver': t.driver, 'privilege': t.privilege, 'text': t.text})`
    },
    {
      name: name('denied'),
      expression: `size(${exemptionsOf(at('podSpec'), at('found'), true)}) > 0 ? [] : ${at('found')}`
    }
  ]
}

/** The processes that a container sees and is seen by, as `processSpace` in added.ts names them. */
const processSpace = (c: string): string =>
  `(object.spec.?shareProcessNamespace.orValue(false) ? '' : ${c}.?targetContainerName.orValue('') != '' ? ${c}.targetContainerName : ${c}.name)`

/** What an update of pods/ephemeralcontainers brings, as `judgeEphemeral` reads it. */
function ephemeralVariables(
  rules: readonly Rule[],
  settings: CelSettings
): readonly PolicyVariable[] {
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
    { name: 'joined', expression: `variables.fresh.map(c, ${processSpace('c')})` },
    {
      name: 'reached',
      expression: `variables.containers.filter(c, ${processSpace('c')} in variables.joined)`
    },
    {
      name: 'ephemeralDenied',
      expression: `size(variables.found) == 0 ? []
: size(variables.covering) > 0
  ? (request.userInfo.username in variables.covering[0].debuggers ? [] : ${ofEphemeralContainers(rules, 'variables.fresh', settings)})
  : variables.found.filter(f, variables.fresh.exists(c, c.name == f.container)
      || variables.reached.exists(c, c.?volumeMounts.orValue([]).exists(m, m.name == f.name)))
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
      expression: `(variables.mirror ? []
: request.?subResource.orValue('') == 'ephemeralcontainers' ? variables.ephemeralDenied
: request.operation == 'UPDATE'
  ? variables.denied.filter(d, !variables.oldDenied.exists(o, o.path == d.path && o.name == d.name && o.container == d.container
      && (o.text == d.text || d.text.split('\\n').all(line, line in o.text.split('\\n'))))).map(d, d.text)
  : variables.denied.map(d, d.text)).map(text, text.replace('\\n', '; '))`
    }
  ]
}
