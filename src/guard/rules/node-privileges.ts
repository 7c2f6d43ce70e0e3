import { segments } from '../../host-paths/clean.ts'
import { isObject, type JsonObject } from '../../kubernetes/json.ts'
import type { Container, ContainerList, PodSpec } from '../../kubernetes/pod.ts'
import { quote } from '../../kubernetes/quote.ts'
import type { Finding } from '../finding.ts'
import {
  celConfinements,
  celHostProbes,
  celList,
  confinementsOf,
  hostProbes
} from './node-confinement.ts'
import type { PodRule } from './rule.ts'

/** What baseline lets a container add (k8s.io/pod-security-admission policy/check_capabilities_baseline.go). */
const allowedCapabilities = new Set([
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD'],
  ...['NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT']
])

/** Those that lead into the kernel or another process, with or without CAP_; containerd takes any case. */
const leadingCapabilities = new Set([
  ...['ALL', 'BPF', 'DAC_READ_SEARCH', 'PERFMON', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_MODULE'],
  ...['SYS_PTRACE', 'SYS_RAWIO']
])

/** Istio's own init container needs these where istio-cni is not installed, so every pod of a mesh has them. */
const istioInit = { name: 'istio-init', capabilities: new Set(['NET_ADMIN', 'NET_RAW']) }

/** runc's leaked descriptors (CVE-2024-21626); /dev/fd is a link to the first. */
const descriptorFolder = /^(proc\/(self|thread-self|\d+)|dev)\/fd(\/|$)/

/** Prefix of the older annotations, before the container's name. */
const appArmor = 'container.apparmor.security.beta.kubernetes.io/'

const remedy = 'remove it, or label the namespace pod-security.kubernetes.io/enforce: baseline'

const leads = 'which leads around every mount rule'
const forbidden = 'which Pod Security baseline forbids'

/** Keys below a pod's spec or a container, what they ask for, and why that is reported. */
export type Privilege = readonly [keys: readonly string[], what: string, why?: string]

/**
 * The privileges that Pod Security baseline of Kubernetes 1.37 forbids, less hostPath, which is the other rules'
 * own, and less hostPort and sysctls, which give nothing of the node's files or processes. Here they warn, or are
 * refused where guard.nodePrivileges says deny.
 *
 * Restricted fields: spec.hostPID, hostIPC, hostNetwork; windowsOptions.hostProcess, seLinuxOptions, seccompProfile and
 *                    appArmorProfile of pod and containers, the older AppArmor annotations; of each container
 *                    privileged, capabilities.add, procMount, the host of probes and handlers, workingDir
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
    {
      verdict: 'nodePrivileges',
      annotation: `a.startsWith('${appArmor}') && !(pod.metadata.annotations[a] in ['', 'runtime/default']) && !pod.metadata.annotations[a].startsWith('localhost/')`,
      pod: `has(pod.spec.hostPID) && pod.spec.hostPID
|| has(pod.spec.hostIPC) && pod.spec.hostIPC
|| has(pod.spec.hostNetwork) && pod.spec.hostNetwork
|| has(pod.spec.securityContext) && ${celConfinements('pod.spec.securityContext')}
|| pod.spec.containers.exists(c, c.name == '${istioInit.name}')`,
      container: `has(c.workingDir) && c.workingDir.contains('/fd')
|| has(c.securityContext) && (
  has(c.securityContext.privileged) && c.securityContext.privileged
  || has(c.securityContext.procMount) && c.securityContext.procMount != 'Default'
  || has(c.securityContext.capabilities) && has(c.securityContext.capabilities.add)
    && c.securityContext.capabilities.add.exists(k, !(k in ${celList(allowedCapabilities)})
      && !(c.name == '${istioInit.name}' && k in ${celList(istioInit.capabilities)}))
  || ${celConfinements('c.securityContext')})
|| ${celHostProbes('c')}`
    }
  ],
  *find({ metadata, spec }, model) {
    const found = (
      keys: Finding['keys'],
      subject: string,
      what: string,
      why: string = forbidden
    ): Finding<'NodePrivilege'> => ({
      verdict: model.guard.nodePrivileges,
      reason: 'NodePrivilege',
      keys,
      subject: `${subject} ${what}`,
      what: `${subject} ${what}, ${why}`,
      remedy
    })
    for (const [key, value] of Object.entries(metadata?.annotations ?? {})) {
      if (!isUnconfined(key, value)) continue
      yield found(['metadata', 'annotations', key], `the annotation ${quote(key)}`, isSet(value))
    }
    for (const [keys, what, why] of privilegesOfPod(spec)) {
      yield found(['spec', ...keys], 'the pod', what, why)
    }
    for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
      for (const [index, container] of (spec?.[list] ?? []).entries()) {
        const subject = `container ${quote(container.name)}`
        for (const [keys, what, why] of privilegesOf(container, list, spec)) {
          yield found(['spec', list, index, ...keys], subject, what, why)
        }
      }
    }
  }
}

function isUnconfined(key: string, value: string): boolean {
  return key.startsWith(appArmor) && value !== '' && !/^(runtime\/default$|localhost\/)/.test(value)
}

const isSet = (value: string): string => `is ${quote(value)}`

function* privilegesOfPod(spec: PodSpec | null | undefined): Iterable<Privilege> {
  if (spec?.hostPID === true) yield [['hostPID'], 'sets hostPID', leads]
  if (spec?.hostIPC === true) yield [['hostIPC'], 'sets hostIPC']
  if (spec?.hostNetwork === true) yield [['hostNetwork'], 'sets hostNetwork']
  const context = spec?.securityContext
  if (!isObject(context)) return
  yield* secured(context)
}

/** What the security contexts of pods and of containers have in common. */
function* secured(context: JsonObject): Iterable<Privilege> {
  const { windowsOptions } = context
  if (isObject(windowsOptions) && windowsOptions.hostProcess === true) {
    yield [['securityContext', 'windowsOptions', 'hostProcess'], 'sets hostProcess', leads]
  }
  yield* confinementsOf(context)
}

function* privilegesOf(
  container: Container,
  list: ContainerList,
  spec: PodSpec | null | undefined
): Iterable<Privilege> {
  const { securityContext: context, workingDir } = container
  if (typeof workingDir === 'string' && descriptorFolder.test(segments(workingDir).join('/'))) {
    yield [['workingDir'], 'works in a folder of open files', leads]
  }
  yield* hostProbes(container)
  if (!isObject(context)) return
  if (context.privileged === true) {
    yield [['securityContext', 'privileged'], 'is privileged', leads]
  }
  const { procMount } = context
  if (typeof procMount === 'string' && procMount !== 'Default' && spec?.hostUsers !== false) {
    yield [['securityContext', 'procMount'], `sets procMount ${quote(procMount)}`, leads]
  }
  yield* capabilitiesOf(context.capabilities, list === 'initContainers' ? container.name : '')
  yield* secured(context)
}

function* capabilitiesOf(capabilities: unknown, initContainer: string): Iterable<Privilege> {
  if (!(isObject(capabilities) && Array.isArray(capabilities.add))) return
  for (const capability of new Set<unknown>(capabilities.add)) {
    if (typeof capability !== 'string' || allowedCapabilities.has(capability)) continue
    if (initContainer === istioInit.name && istioInit.capabilities.has(capability)) continue
    const doesLead = leadingCapabilities.has(capability.toUpperCase().replace(/^CAP_/, ''))
    const keys = ['securityContext', 'capabilities', 'add']
    yield [keys, `adds the capability ${quote(capability)}`, doesLead ? leads : forbidden]
  }
}
