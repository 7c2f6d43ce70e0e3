import { isObject } from '../../kubernetes/json.ts'
import type { Container, ContainerList, Pod } from '../../kubernetes/pod.ts'
import { quote } from '../../kubernetes/quote.ts'
import type { Finding } from '../finding.ts'
import {
  celList,
  celOffence,
  forbidden,
  leads,
  offences,
  type RestrictedField,
  restrictedFields
} from './restricted-fields.ts'
import type { PodRule, Sights } from './rule.ts'

/** What baseline lets a container add (k8s.io/pod-security-admission policy/check_capabilities_baseline.go). */
const allowedCapabilities = new Set([
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD'],
  ...['NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT']
])

/** Those that lead into the kernel or another process, with or without CAP_; containerd takes any case. */
const leading =
  /^(CAP_)?(ALL|BPF|DAC_READ_SEARCH|PERFMON|SYS_ADMIN|SYS_BOOT|SYS_MODULE|SYS_PTRACE|SYS_RAWIO)$/i

/** Istio's own init container needs these where istio-cni is not installed, so every pod of a mesh has them. */
const istioInit = { name: 'istio-init', capabilities: new Set(['NET_ADMIN', 'NET_RAW']) }

/** Prefix of the older annotations, before the container's name. */
const appArmor = 'container.apparmor.security.beta.kubernetes.io/'

const remedy = 'remove it, or label the namespace pod-security.kubernetes.io/enforce: baseline'

const fieldsOf = (of: 'pod' | 'container'): readonly RestrictedField[] =>
  restrictedFields.filter((field) => field.of === of || field.of === 'both')
const podFields = fieldsOf('pod')
const containerFields = fieldsOf('container')

/**
 * The privileges that Pod Security baseline of Kubernetes 1.37 forbids, less hostPath, which is the other rules'
 * own, and less hostPort and sysctls, which give nothing of the node's files or processes. Here they warn, or are
 * refused where guard.nodePrivileges says deny.
 *
 * Restricted fields: restricted-fields.ts; of each container capabilities.add; the older AppArmor annotations
 * Allowed values:    what baseline allows: any procMount in a user namespace (hostUsers: false), thirteen capabilities;
 *                    NET_ADMIN and NET_RAW in istio-init; any workingDir outside /proc/<pid>/fd and /dev/fd
 */
export const nodePrivileges: PodRule<'NodePrivilege'> = {
  about: 'pod',
  reasons: {
    NodePrivilege: {
      privilege: true,
      meaning:
        'The pod asks for privileges of the node that Pod Security baseline forbids; some lead around every mount rule.',
      remedy
    }
  },
  sees: () => [
    ...podFields.map(seenInPod),
    ...containerFields.map(seenInContainer),
    seenCapabilities,
    seenAppArmor
  ],
  *find(pod, model) {
    for (const { keys, subject, what, why } of privilegesOf(pod)) {
      yield {
        verdict: model.guard.nodePrivileges,
        reason: 'NodePrivilege',
        keys,
        subject: `${subject} ${what}`,
        what: `${subject} ${what}, ${why}`,
        remedy
      }
    }
  }
}

/** Who asks for what, and why that is reported. */
interface Privilege {
  readonly keys: Finding['keys']
  readonly subject: string
  readonly what: string
  readonly why: string
}

function* privilegesOf({ metadata, spec }: Pod): Iterable<Privilege> {
  for (const [key, value] of Object.entries(metadata?.annotations ?? {})) {
    if (!isUnconfined(key, value)) continue
    const subject = `the annotation ${quote(key)}`
    const what = `is ${quote(value)}`
    yield { keys: ['metadata', 'annotations', key], subject, what, why: forbidden }
  }
  for (const { keys, what, why } of offences(podFields, spec)) {
    yield { keys: ['spec', ...keys], subject: 'the pod', what, why }
  }
  const fields =
    spec?.hostUsers === false
      ? containerFields.filter(({ isFreeInUserNamespace }) => isFreeInUserNamespace !== true)
      : containerFields
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const [index, container] of (spec?.[list] ?? []).entries()) {
      const subject = `container ${quote(container.name)}`
      for (const { keys, ...rest } of ofContainer(container, list, fields)) {
        yield { keys: ['spec', list, index, ...keys], subject, ...rest }
      }
    }
  }
}

function* ofContainer(
  container: Container,
  list: ContainerList,
  fields: readonly RestrictedField[]
): Iterable<Omit<Privilege, 'subject'>> {
  yield* offences(fields, container)
  for (const capability of capabilitiesOf(container, list)) {
    const why = leading.test(capability) ? leads : forbidden
    const keys = ['securityContext', 'capabilities', 'add']
    yield { keys, what: `adds the capability ${quote(capability)}`, why }
  }
}

function isUnconfined(key: string, value: string): boolean {
  return key.startsWith(appArmor) && value !== '' && !/^(runtime\/default$|localhost\/)/.test(value)
}

/** What a container adds beyond baseline, each once. */
function* capabilitiesOf(container: Container, list: ContainerList): Iterable<string> {
  const { securityContext: context, name } = container
  const capabilities = isObject(context) ? context.capabilities : undefined
  if (!(isObject(capabilities) && Array.isArray(capabilities.add))) return
  const isIstioInit = list === 'initContainers' && name === istioInit.name
  for (const capability of new Set<unknown>(capabilities.add)) {
    if (typeof capability !== 'string' || allowedCapabilities.has(capability)) continue
    if (isIstioInit && istioInit.capabilities.has(capability)) continue
    yield capability
  }
}

type Sight = Sights['pod']

/** The policy's sentence, of three expressions. */
const saying = (subject: string, what: string, why: string): string =>
  `'NodePrivilege: ' + ${subject} + ' ' + ${what} + ', ' + ${why} + ': ${remedy}'`

const theContainer = `'container "' + c.name + '"'`

function seenInPod(field: RestrictedField): Sight {
  const { condition, what } = celOffence(field, 'pod.spec')
  const privilege = field.keys.includes('hostPID') ? 'hostPID' : 'other'
  const text = saying(`'the pod'`, what, `'${field.why}'`)
  return { verdict: 'nodePrivileges', pod: condition, says: { text, privilege } }
}

function seenInContainer(field: RestrictedField): Sight {
  const { condition, what } = celOffence(field, 'c')
  const text = saying(theContainer, what, `'${field.why}'`)
  return { verdict: 'nodePrivileges', container: condition, says: { text, privilege: 'other' } }
}

const added = 'c.securityContext.capabilities.add'

/** No two containers of a pod have one name. */
const isOffending = `!(k in ${celList(allowedCapabilities)})
  && !(k in ${celList(istioInit.capabilities)} && c.name == '${istioInit.name}' && has(pod.spec.initContainers) && pod.spec.initContainers.exists(i, i.name == c.name))`

const seenCapabilities: Sight = {
  verdict: 'nodePrivileges',
  container: `has(c.securityContext) && has(c.securityContext.capabilities) && has(${added}) && ${added}.exists(k, ${isOffending})`,
  says: {
    text: `${added}.filter(k, ${isOffending}).map(k,
  ${saying(theContainer, `'adds the capability "' + k + '"'`, `(k.matches('(?i)${leading.source}') ? '${leads}' : '${forbidden}')`)}).join('\\n')`,
    privilege: 'other'
  }
}

const value = 'pod.metadata.annotations[a]'

const seenAppArmor: Sight = {
  verdict: 'nodePrivileges',
  annotation: `a.startsWith('${appArmor}') && !(${value} in ['', 'runtime/default']) && !${value}.startsWith('localhost/')`,
  says: {
    text: saying(`'the annotation "' + a + '"'`, `'is "' + ${value} + '"'`, `'${forbidden}'`),
    privilege: 'other'
  }
}
