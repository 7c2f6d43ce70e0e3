import { segments } from '../../host-paths/clean.ts'
import { isObject } from '../../kubernetes/json.ts'
import type { Container } from '../../kubernetes/pod.ts'
import { quote } from '../../kubernetes/quote.ts'
import type { Finding } from '../finding.ts'
import type { PodRule } from './rule.ts'

/** Capabilities that lead into another process's file system, with or without CAP_; containerd takes any case. */
const capabilities = new Set(['ALL', 'SYS_ADMIN', 'SYS_PTRACE', 'DAC_READ_SEARCH'])

/** runc's leaked descriptors (CVE-2024-21626); /dev/fd is a link to the first. */
const descriptorFolder = /^(proc\/(self|thread-self|\d+)|dev)\/fd(\/|$)/

const remedy = 'remove it, or label the namespace pod-security.kubernetes.io/enforce: baseline'

/**
 * Privileges that lead around every mount rule. Pod Security baseline forbids them; here they warn, or are
 * refused where guard.nodePrivileges says deny.
 *
 * Restricted fields: spec.hostPID; of each container privileged, capabilities.add, procMount, workingDir;
 *                    windowsOptions.hostProcess of pod and containers
 * Allowed values:    false or absent; capabilities outside the list; any procMount but Unmasked;
 *                    any workingDir outside /proc/<pid>/fd and /dev/fd
 */
export const nodePrivileges: PodRule<'NodePrivilege'> = {
  about: 'pod',
  reasons: {
    NodePrivilege: {
      meaning:
        'The pod asks for node privileges that lead around every mount rule: Pod Security baseline forbids them.',
      remedy
    }
  },
  *find({ spec }, model) {
    const found = (
      keys: readonly (string | number)[],
      subject: string,
      what: string
    ): Finding<'NodePrivilege'> => ({
      verdict: model.guard.nodePrivileges,
      reason: 'NodePrivilege',
      keys: ['spec', ...keys],
      subject: `${subject} ${what}`,
      what: `${subject} ${what}, which leads around every mount rule`,
      remedy
    })
    if (spec?.hostPID === true) yield found(['hostPID'], 'the pod', 'sets hostPID')
    if (isHostProcess(spec?.securityContext)) {
      yield found(['securityContext', ...hostProcess], 'the pod', 'sets hostProcess')
    }
    for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
      for (const [index, container] of (spec?.[list] ?? []).entries()) {
        const subject = `container ${quote(container.name)}`
        for (const [keys, what] of privilegesOf(container)) {
          yield found([list, index, ...keys], subject, what)
        }
      }
    }
  }
}

const hostProcess = ['windowsOptions', 'hostProcess'] as const

/** Keys and words of each privilege. */
function* privilegesOf({
  securityContext,
  workingDir
}: Container): Iterable<readonly [keys: readonly string[], what: string]> {
  if (typeof workingDir === 'string' && descriptorFolder.test(segments(workingDir).join('/'))) {
    yield [['workingDir'], 'works in a folder of open files']
  }
  if (!isObject(securityContext)) return
  const { privileged, procMount, capabilities: caps } = securityContext
  if (privileged === true) yield [['securityContext', 'privileged'], 'is privileged']
  if (procMount === 'Unmasked') yield [['securityContext', 'procMount'], 'unmasks /proc']
  if (isHostProcess(securityContext)) {
    yield [['securityContext', ...hostProcess], 'sets hostProcess']
  }
  const added: readonly unknown[] = isObject(caps) && Array.isArray(caps.add) ? caps.add : []
  for (const cap of new Set<unknown>(added)) {
    if (typeof cap === 'string' && capabilities.has(cap.toUpperCase().replace(/^CAP_/, ''))) {
      yield [['securityContext', 'capabilities', 'add'], `adds the capability ${cap}`]
    }
  }
}

function isHostProcess(securityContext: unknown): boolean {
  const options = isObject(securityContext) ? securityContext.windowsOptions : undefined
  return isObject(options) && options.hostProcess === true
}
