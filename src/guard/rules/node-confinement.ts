import { isObject, type JsonObject } from '../../kubernetes/json.ts'
import type { Container } from '../../kubernetes/pod.ts'
import { quote } from '../../kubernetes/quote.ts'
import type { Privilege } from './node-privileges.ts'

/** Types of process that baseline allows (k8s.io/pod-security-admission policy/check_seLinuxOptions.go, since 1.31). */
const seLinuxTypes = new Set([
  ...['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']
])

/** Profiles that baseline allows, of seccomp and AppArmor alike. */
const profiles: ReadonlySet<unknown> = new Set(['RuntimeDefault', 'Localhost'])

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** What of a security context takes a container out of the node's own confinement. */
export function* confinementsOf(context: JsonObject): Iterable<Privilege> {
  for (const key of ['seccompProfile', 'appArmorProfile'] as const) {
    const profile = context[key]
    if (!isObject(profile) || profiles.has(profile.type)) continue
    yield [['securityContext', key, 'type'], `sets ${key}.type ${quote(text(profile.type))}`]
  }
  const { seLinuxOptions: options } = context
  if (!isObject(options)) return
  const { type, user, role } = options
  for (const [key, value] of Object.entries({ type, user, role })) {
    const isAllowed = key === 'type' ? seLinuxTypes.has(text(value)) : text(value) === ''
    if (isAllowed) continue
    const what = `sets seLinuxOptions.${key} ${quote(text(value))}`
    yield [['securityContext', 'seLinuxOptions', key], what]
  }
}

const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const
const handlers = ['postStart', 'preStop'] as const

/** Probes and handlers that make the kubelet call another host (policy/check_hostProbesAndhostLifecycle.go). */
export function* hostProbes(container: Container): Iterable<Privilege> {
  const { lifecycle } = container
  for (const probe of probes) yield* hostOf(container[probe], [probe])
  if (!isObject(lifecycle)) return
  for (const handler of handlers) yield* hostOf(lifecycle[handler], ['lifecycle', handler])
}

function* hostOf(handler: unknown, keys: readonly string[]): Iterable<Privilege> {
  if (!isObject(handler)) return
  for (const action of ['httpGet', 'tcpSocket'] as const) {
    const asked = handler[action]
    const host = isObject(asked) ? text(asked.host) : ''
    if (host === '') continue
    yield [[...keys, action, 'host'], `makes ${keys.at(-1)} call the host ${quote(host)}`]
  }
}

/** A list of strings in CEL. */
export function celList(texts: Iterable<unknown>): string {
  return `[${[...texts].map((one) => `'${String(one)}'`).join(', ')}]`
}

/** The same as `confinementsOf`, and hostProcess, in CEL; true of anything that is not on the lists. */
export function celConfinements(context: string): string {
  const [windows, options] = [`${context}.windowsOptions`, `${context}.seLinuxOptions`]
  const profile = (key: string): string =>
    `has(${context}.${key}) && !(${context}.${key}.type in ${celList(profiles)})`
  return `(has(${windows}) && has(${windows}.hostProcess) && ${windows}.hostProcess
    || ${profile('seccompProfile')}
    || ${profile('appArmorProfile')}
    || has(${options}) && (has(${options}.user) || has(${options}.role) || has(${options}.type) && !(${options}.type in ${celList(seLinuxTypes)})))`
}

/** The same as `hostProbes` in CEL, of the container `c`. */
export function celHostProbes(c: string): string {
  const calls = (at: string): string =>
    `has(${at}) && (has(${at}.httpGet) && has(${at}.httpGet.host) || has(${at}.tcpSocket) && has(${at}.tcpSocket.host))`
  const inLifecycle = handlers.map((handler) => calls(`${c}.lifecycle.${handler}`))
  return `${probes.map((probe) => calls(`${c}.${probe}`)).join('\n|| ')}
|| has(${c}.lifecycle) && (${inLifecycle.join(' || ')})`
}
