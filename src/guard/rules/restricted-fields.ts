import { valueAt } from '../../kubernetes/fields.ts'
import { quote } from '../../kubernetes/quote.ts'

/** What is said of a privilege that leads past every other rule. */
export const leads = 'which leads around every mount rule'
/** What is said of any other. */
export const forbidden = 'which Pod Security baseline forbids'

/** What a field may hold beside nothing: read by the function and written as CEL, so that both say the same. */
type Restriction =
  /** A flag, which may not be true. */
  | { readonly kind: 'flag' }
  /** A text, which is one of these. */
  | { readonly kind: 'oneOf'; readonly texts: readonly string[] }
  /** A text that does not match this, in the part of regular expressions that JavaScript and RE2 share. */
  | { readonly kind: 'noMatch'; readonly pattern: RegExp }

/** One field of a pod's spec or of a container that Pod Security baseline restricts. */
export interface RestrictedField {
  readonly of: 'pod' | 'container' | 'both'
  readonly keys: readonly string[]
  readonly restriction: Restriction
  /** As in `sets hostPID`; the value of a text follows, where one of some is allowed. */
  readonly what: string
  readonly why: string
  /** True where anything is allowed in a pod with a user namespace of its own. */
  readonly isFreeInUserNamespace?: true
}

const flag = { kind: 'flag' } as const
const oneOf = (...texts: readonly string[]): Restriction => ({ kind: 'oneOf', texts })
const securityContext = (...keys: readonly string[]): readonly string[] => [
  'securityContext',
  ...keys
]

const callers = [
  ['livenessProbe'],
  ['readinessProbe'],
  ['startupProbe'],
  ['lifecycle', 'postStart'],
  ['lifecycle', 'preStop']
] as const

/** PATH_MAX of Linux. What is longer names no file, and CEL would spend its whole budget on reading it. */
const longestPath = 4096

/** A folder of open files, however many slashes and dots: runc's leaked descriptors (CVE-2024-21626); /dev/fd is a link to the first. */
const openFiles = /^(\.\/|\/)*(proc\/(\.\/|\/)*(self|thread-self|[0-9]+)|dev)\/(\.\/|\/)*fd(\/|$)/

/** Every field, in the order in which it is reported (k8s.io/pod-security-admission policy/check_*.go). */
export const restrictedFields: readonly RestrictedField[] = [
  { of: 'pod', keys: ['hostPID'], restriction: flag, what: 'sets hostPID', why: leads },
  ...['hostIPC', 'hostNetwork'].map(
    (key) =>
      ({ of: 'pod', keys: [key], restriction: flag, what: `sets ${key}`, why: forbidden }) as const
  ),
  {
    of: 'container',
    keys: ['workingDir'],
    restriction: { kind: 'noMatch', pattern: openFiles },
    what: 'works in a folder of open files',
    why: leads
  },
  // check_hostProbesAndhostLifecycle.go
  ...callers.flatMap((caller) =>
    ['httpGet', 'tcpSocket'].map(
      (action) =>
        ({
          of: 'container',
          keys: [...caller, action, 'host'],
          restriction: oneOf(''),
          what: `makes ${caller.at(-1)} call the host`,
          why: forbidden
        }) as const
    )
  ),
  {
    of: 'container',
    keys: securityContext('privileged'),
    restriction: flag,
    what: 'is privileged',
    why: leads
  },
  {
    of: 'container',
    keys: securityContext('procMount'),
    restriction: oneOf('Default'),
    what: 'sets procMount',
    why: leads,
    isFreeInUserNamespace: true
  },
  {
    of: 'both',
    keys: securityContext('windowsOptions', 'hostProcess'),
    restriction: flag,
    what: 'sets hostProcess',
    why: leads
  },
  ...['seccompProfile', 'appArmorProfile'].map(
    (key) =>
      ({
        of: 'both',
        keys: securityContext(key, 'type'),
        restriction: oneOf('RuntimeDefault', 'Localhost'),
        what: `sets ${key}.type`,
        why: forbidden
      }) as const
  ),
  // check_seLinuxOptions.go, since 1.31
  ...(
    [
      ['type', '', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'],
      ['user', ''],
      ['role', '']
    ] as const
  ).map(
    ([key, ...texts]) =>
      ({
        of: 'both',
        keys: securityContext('seLinuxOptions', key),
        restriction: oneOf(...texts),
        what: `sets seLinuxOptions.${key}`,
        why: forbidden
      }) as const
  )
]

/** What a pod's spec or a container does that some field restricts, as in `sets hostPID`. */
export function* offences(
  fields: readonly RestrictedField[],
  object: unknown
): Iterable<{ readonly keys: readonly string[]; readonly what: string; readonly why: string }> {
  for (const field of fields) {
    const value = valueAt(object, field.keys)
    if (value === undefined || value === null) continue
    const what = offence(field, value)
    if (what !== undefined) yield { keys: field.keys, what, why: field.why }
  }
}

function offence({ restriction, what }: RestrictedField, value: unknown): string | undefined {
  if (restriction.kind === 'flag') return value === true ? what : undefined
  if (typeof value !== 'string') return undefined
  if (restriction.kind === 'oneOf') {
    return restriction.texts.includes(value) ? undefined : `${what} ${quote(value)}`
  }
  return value.length > longestPath || restriction.pattern.test(value) ? what : undefined
}

/** The same in CEL of what is called `object` there: when it is true, and what to say, as an expression. */
export function celOffence(
  { keys, restriction, what, isFreeInUserNamespace }: RestrictedField,
  object: string
): { readonly condition: string; readonly what: string } {
  const steps = keys.map((_, index) => [object, ...keys.slice(0, index + 1)].join('.'))
  const value = steps.at(-1) ?? object
  const known = steps.map((step) => `has(${step})`).join(' && ')
  const free = isFreeInUserNamespace ? ' && !(has(pod.spec.hostUsers) && !pod.spec.hostUsers)' : ''
  switch (restriction.kind) {
    case 'flag':
      return { condition: `${known} && ${value}${free}`, what: JSON.stringify(what) }
    case 'noMatch':
      return {
        condition: `${known} && (size(${value}) > ${longestPath} || ${value}.matches(r'${restriction.pattern.source}'))${free}`,
        what: JSON.stringify(what)
      }
    case 'oneOf':
      return {
        condition: `${known} && !(${value} in ${celList(restriction.texts)})${free}`,
        what: `'${what} "' + ${value} + '"'`
      }
  }
}

/** A list of strings in CEL. */
export function celList(texts: Iterable<string>): string {
  return `[${[...texts].map((one) => `'${one}'`).join(', ')}]`
}
