import { segments } from '../../host-paths/clean.ts'
import { isObject } from '../../kubernetes/json.ts'
import type { Container, PodSpec } from '../../kubernetes/pod.ts'
import { quote } from '../../kubernetes/quote.ts'
import type { Check } from '../check.ts'
import type { Violation } from '../violation.ts'

/** Capabilities that lead into another process's file system, with or without CAP_; containerd takes any case. */
const capabilities = new Set(['ALL', 'SYS_ADMIN', 'SYS_PTRACE', 'DAC_READ_SEARCH'])

/** runc's leaked descriptors (CVE-2024-21626); /dev/fd is a link to the first. */
const descriptorFolder = /^(proc\/(self|thread-self|\d+)|dev)\/fd(\/|$)/

const remedy = 'drop it, or label the namespace pod-security.kubernetes.io/enforce: baseline'

/**
 * Privileges that lead around every mount rule. Pod Security baseline forbids them; here they warn, or are
 * refused where guard.nodePrivileges says deny.
 *
 * Restricted fields: spec.hostPID; of each container privileged, capabilities.add, procMount, workingDir;
 *                    windowsOptions.hostProcess of pod and containers
 * Allowed values:    false or absent; capabilities outside the list; any procMount but Unmasked;
 *                    any workingDir outside /proc/<pid>/fd and /dev/fd
 */
export const nodePrivileges: Check = ({ pod, base }, model) => {
  const { spec } = pod
  const verdict = model.guard.nodePrivileges
  const found = (field: string, subject: string, what: string): Violation => ({
    verdict,
    reason: 'NodePrivilege',
    field: `${base}spec.${field}`,
    path: '',
    subject: `${subject} ${what}`,
    message: `${subject} ${what}, which leads around every mount rule: ${remedy}`,
    remedy
  })
  return [
    ...(spec?.hostPID === true ? [found('hostPID', 'the pod', 'sets hostPID')] : []),
    ...(isHostProcess(spec?.securityContext)
      ? [found('securityContext.windowsOptions.hostProcess', 'the pod', 'sets hostProcess')]
      : []),
    ...everyContainer(spec).flatMap(([field, container]) =>
      privilegesOf(container).map(([key, what]) =>
        found(`${field}.${key}`, `container ${quote(container.name)}`, what)
      )
    )
  ]
}

function everyContainer(
  spec: PodSpec | null | undefined
): readonly (readonly [string, Container])[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    (spec?.[list] ?? []).map((container, index) => [`${list}[${index}]`, container] as const)
  )
}

function privilegesOf({ securityContext, workingDir }: Container): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = []
  if (typeof workingDir === 'string' && descriptorFolder.test(segments(workingDir).join('/'))) {
    found.push(['workingDir', 'works in a folder of open files'])
  }
  if (!isObject(securityContext)) return found
  const { privileged, procMount, capabilities: caps } = securityContext
  if (privileged === true) found.push(['securityContext.privileged', 'is privileged'])
  if (procMount === 'Unmasked') found.push(['securityContext.procMount', 'unmasks /proc'])
  if (isHostProcess(securityContext)) {
    found.push(['securityContext.windowsOptions.hostProcess', 'sets hostProcess'])
  }
  const added: readonly unknown[] = isObject(caps) && Array.isArray(caps.add) ? caps.add : []
  for (const cap of new Set<unknown>(added)) {
    if (typeof cap === 'string' && capabilities.has(cap.toUpperCase().replace(/^CAP_/, ''))) {
      found.push(['securityContext.capabilities.add', `adds the capability ${cap}`])
    }
  }
  return found
}

function isHostProcess(securityContext: unknown): boolean {
  const options = isObject(securityContext) ? securityContext.windowsOptions : undefined
  return isObject(options) && options.hostProcess === true
}
