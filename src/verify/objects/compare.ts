import { parse } from 'yaml'
import { textAt, valueAt } from '../../kubernetes/fields.ts'
import { equalJson, isObject, type JsonObject } from '../../kubernetes/json.ts'
import type { VerifyReason } from '../reasons.ts'
import type { Rendered } from './chart-kinds.ts'
import { type FieldDifference, type FieldRules, fieldDifferences } from './fields.ts'
import { compareBinding, compareRole } from './rights.ts'
import { compareService } from './service.ts'

/** How an installed object differs from the rendered one, and what follows; the effect may be empty. */
export interface ObjectDifference {
  readonly reason: VerifyReason
  readonly what: string
  readonly effect: string
}

/** What the comparison knows beside the two objects. */
export interface ObjectFacts {
  /** True where only the fields are known that this version can say without Helm. */
  readonly isPartial: boolean
  /** Labels of the pods of the installed Deployment; undefined where it was not seen. */
  readonly template: Readonly<Record<string, string>> | undefined
}

/** Every way in which an object differs from what was rendered, those with one effect together. */
export function compareObject(
  rendered: Rendered,
  found: JsonObject,
  facts: ObjectFacts
): readonly ObjectDifference[] {
  const { kind, object } = rendered
  if (kind === 'Service') return compareService(object, found, facts.template)
  if (kind === 'Role' || kind === 'ClusterRole') return compareRole(object, found)
  if (kind === 'RoleBinding' || kind === 'ClusterRoleBinding') return compareBinding(object, found)
  if (kind === 'ConfigMap') return compareConfigMap(object, found)
  const differences = fieldDifferences(
    { spec: object.spec },
    { spec: found.spec },
    rulesOf(facts.isPartial)
  )
  const told = differences
    .filter((one) => !isMirrored(one, facts))
    .map((one) => ({ ...effectOf(kind, one), field: showField(one) }))
  const together = Map.groupBy(told, ({ reason, effect }) => `${reason} ${effect}`)
  return [...together.values()].map((same) => ({
    reason: same[0]?.reason ?? 'ObjectDiffers',
    effect: same[0]?.effect ?? '',
    what: same.map(({ field }) => field).join('; ')
  }))
}

/** kustomize takes an image from another registry, and Helm alone would know it: the tag or digest stays. */
const isMirrored = (
  { path, wanted, found }: FieldDifference,
  { isPartial }: ObjectFacts
): boolean => isPartial && path.endsWith('.image') && versionOf(wanted) === versionOf(found)

/** `:1.2.3`, `@sha256:…`, or both: a colon before the last slash is that of a port. */
const versionOf = (image: unknown): string =>
  /[:@].*$/.exec(String(image).split('/').at(-1) ?? '')?.[0] ?? ''

/** Fields with which a pod runs something else, although the chart renders none of them. */
const never =
  /\.(command|initContainers|ephemeralContainers|hostAliases|hostPID|hostIPC|items|suspend)$/
/** Fields that the chart renders where the values say so. */
const byValues =
  /\.(env|envFrom|lifecycle|hostNetwork|shareProcessNamespace|securityContext|privileged|capabilities|add|from|to)$/
const selectors = /\.matchLabels\.[^.]/

const rulesOf = (isPartial: boolean): FieldRules => ({
  isPartial,
  mustBeRendered: (path) =>
    never.test(path) || (!isPartial && (byValues.test(path) || selectors.test(path))),
  // The API writes quantities in its own way: 0.5 becomes 500m.
  ignored: (path) => /\.(resources|sizeLimit|divisor)$/.test(path)
})

const checksum = /annotations\.spiffe-webhook\/config-checksum$/
const decidesAnswers =
  /containers|volumes|serviceAccountName|automountServiceAccountToken|hostNetwork|hostAliases|hostPID|hostIPC|shareProcess/i

/** What a field of an object is for. */
function effectOf(
  kind: string,
  { path }: FieldDifference
): Pick<ObjectDifference, 'reason' | 'effect'> {
  if (kind === 'Deployment') return ofDeployment(path)
  if (kind === 'NetworkPolicy') {
    return path.startsWith('spec.egress')
      ? { reason: 'ObjectDiffers', effect: 'the server may not reach the API server' }
      : { reason: 'ServerUnreachable', effect: 'API servers may be kept out' }
  }
  if (kind === 'PodDisruptionBudget') {
    return { reason: 'ObjectDiffers', effect: 'a drain of nodes may stop every replica at once' }
  }
  const effect = path === 'spec.suspend' ? 'verify does not run on schedule' : ''
  return { reason: 'ObjectDiffers', effect }
}

function ofDeployment(path: string): Pick<ObjectDifference, 'reason' | 'effect'> {
  if (checksum.test(path)) {
    const effect =
      'the ConfigMap was changed by hand, and a replica that starts now takes what it holds'
    return { reason: 'ConfigMapChanged', effect }
  }
  if (path.endsWith('.image')) {
    return { reason: 'DeploymentChanged', effect: 'another program answers the API server' }
  }
  if (decidesAnswers.test(path)) {
    return { reason: 'DeploymentChanged', effect: 'this may decide what is answered' }
  }
  return { reason: 'ObjectDiffers', effect: '' }
}

/** Where a program may be given secrets. */
const secretive = /\.(args|command|env|envFrom|httpHeaders)\b/

/** No value that may be a secret is said: neither an argument, nor a variable, nor an object that may hold one. */
function showField({ path, wanted, found }: FieldDifference): string {
  const isShown = !secretive.test(path) && isScalar(wanted) && isScalar(found)
  if (isShown) return `${path} is ${text(found)}, rendered ${text(wanted)}`
  if (isAbsent(found)) return `${path} is absent`
  return isAbsent(wanted) ? `${path} was added` : `${path} is another one`
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null
const isScalar = (value: unknown): boolean => isAbsent(value) || typeof value !== 'object'

const text = (value: unknown): string => {
  const shown = isAbsent(value) ? 'absent' : JSON.stringify(value)
  return shown.length > 80 ? `${shown.slice(0, 77)}...` : shown
}

/** The configuration, option by option: what was changed by hand is named. */
function compareConfigMap(rendered: JsonObject, found: JsonObject): readonly ObjectDifference[] {
  const options = changedOptions(configOf(rendered), configOf(found))
  if (options.length === 0) return []
  return [
    {
      reason: 'ConfigMapChanged',
      what: `holds other options than were rendered: ${options.join(', ')}`,
      effect: 'a replica that starts now takes what it holds'
    }
  ]
}

function configOf(map: JsonObject): unknown {
  try {
    return parse(textAt(map, 'data', 'config.yaml'))
  } catch {
    return undefined
  }
}

/** Options by section and name: `guard.exemptions`. */
function changedOptions(rendered: unknown, found: unknown): readonly string[] {
  if (!isObject(rendered)) return []
  if (!isObject(found)) return ['config.yaml cannot be read']
  const keys = (value: unknown): readonly string[] => (isObject(value) ? Object.keys(value) : [])
  const sections = [...new Set([...keys(rendered), ...keys(found)])]
  return sections.flatMap((section) => {
    const [before, after] = [rendered[section], found[section]]
    const names = [...new Set([...keys(before), ...keys(after)])]
    return names
      .filter((name) => !equalJson(valueAt(before, [name]), valueAt(after, [name])))
      .map((name) => `${section}.${name}`)
  })
}
