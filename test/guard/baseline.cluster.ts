import t from 'tap'
import { nodePrivileges } from '../../src/guard/rules/node-privileges.ts'
import { ask } from '../api-server/ask.ts'
import { someCluster } from '../lab/some-cluster.ts'
import { pod } from './decision-table-objects.ts'
import { found } from './rules/found.ts'

/*
 * Pod Security admission of a real API server is asked about the same pods in a namespace that enforces baseline: what
 * it forbids, nodePrivileges reports, and nothing else. What is left out has a table of its own below.
 */

type Spec = Parameters<typeof pod>[0]
interface Case {
  readonly name: string
  readonly spec: Spec
  readonly annotations?: Readonly<Record<string, string>>
}

const app = { name: 'app', image: 'app:1' }
const of = (name: string, spec: Spec): Case => ({ name, spec })
/** A field of the container, in each list that a new pod may have. */
const inContainers = (name: string, fields: object): readonly Case[] => [
  of(`${name}, container`, { containers: [{ ...app, ...fields }] }),
  of(`${name}, init container`, { initContainers: [{ ...app, name: 'init', ...fields }] })
]
/** A field of the security context that pods and containers share. */
const everywhere = (name: string, securityContext: object): readonly Case[] => [
  of(`${name}, pod`, { securityContext }),
  ...inContainers(name, { securityContext })
]

const allCapabilities = [
  ...['AUDIT_CONTROL', 'AUDIT_READ', 'AUDIT_WRITE', 'BLOCK_SUSPEND', 'BPF', 'CHECKPOINT_RESTORE'],
  ...['CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'IPC_LOCK', 'IPC_OWNER'],
  ...['KILL', 'LEASE', 'LINUX_IMMUTABLE', 'MAC_ADMIN', 'MAC_OVERRIDE', 'MKNOD', 'NET_ADMIN'],
  ...['NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_RAW', 'PERFMON', 'SETFCAP', 'SETGID', 'SETPCAP'],
  ...['SETUID', 'SYSLOG', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_CHROOT', 'SYS_MODULE', 'SYS_NICE'],
  ...['SYS_PACCT', 'SYS_PTRACE', 'SYS_RAWIO', 'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG'],
  ...['WAKE_ALARM', 'ALL', 'CAP_CHOWN', 'chown', 'NO_SUCH']
]
const user = { runAsUserName: 'NT AUTHORITY\\SYSTEM', hostProcess: true }
const http = (host?: string): object => ({
  httpGet: { port: 80, ...(host === undefined ? {} : { host }) }
})
const appArmor = 'container.apparmor.security.beta.kubernetes.io/app'

const cases: readonly Case[] = [
  of('nothing', {}),
  ...(['hostPID', 'hostIPC', 'hostNetwork'] as const).map((key) => of(key, { [key]: true })),
  of('a user namespace', { hostUsers: false }),
  of('one process namespace', { shareProcessNamespace: true }),
  of('hostProcess', { hostNetwork: true, securityContext: { windowsOptions: user } }),
  ...inContainers('privileged', { securityContext: { privileged: true } }),
  ...inContainers('not privileged', { securityContext: { privileged: false } }),
  ...allCapabilities.flatMap((name) =>
    inContainers(`capability ${name}`, { securityContext: { capabilities: { add: [name] } } })
  ),
  ...inContainers('dropped', { securityContext: { capabilities: { drop: ['ALL'] } } }),
  // The API server itself refuses Unmasked outside a user namespace.
  ...['Default', 'Unmasked'].flatMap((procMount) =>
    (procMount === 'Default' ? [true, false] : [false]).flatMap((hostUsers) =>
      inContainers(`procMount ${procMount}, hostUsers ${hostUsers}`, {
        securityContext: { procMount }
      }).map(({ name, spec }) => of(name, { hostUsers, ...spec }))
    )
  ),
  ...['Unconfined', 'RuntimeDefault', 'Localhost'].flatMap((type) => {
    const profile = type === 'Localhost' ? { type, localhostProfile: 'x' } : { type }
    return [
      ...everywhere(`seccomp ${type}`, { seccompProfile: profile }),
      ...everywhere(`AppArmor ${type}`, { appArmorProfile: profile })
    ]
  }),
  ...['unconfined', 'runtime/default', 'localhost/x'].map((value) => ({
    name: `AppArmor annotation ${value}`,
    spec: {},
    annotations: { [appArmor]: value }
  })),
  ...[
    ...[
      '',
      'container_t',
      'container_init_t',
      'container_kvm_t',
      'container_engine_t',
      'spc_t'
    ].map((type) => ({ type })),
    { user: 'system_u' },
    { role: 'system_r' },
    { level: 's0:c1' }
  ].flatMap((options) =>
    everywhere(`SELinux ${JSON.stringify(options)}`, { seLinuxOptions: options })
  ),
  ...['', 'a.test'].flatMap((host) => [
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) => [
      of(`${probe} "${host}"`, { containers: [{ ...app, [probe]: http(host) }] }),
      of(`${probe} by TCP "${host}"`, {
        containers: [{ ...app, [probe]: { tcpSocket: { port: 80, host } } }]
      })
    ]),
    ...['postStart', 'preStop'].flatMap((handler) =>
      of(`${handler} "${host}"`, { containers: [{ ...app, lifecycle: { [handler]: http(host) } }] })
    )
  ])
]

/** Who says what otherwise, and why (the docstring of nodePrivileges). */
const leftOut: readonly Case[] = [
  of('hostPath is judged by its path', { volumes: [{ name: 'v', hostPath: { path: '/data' } }] }),
  of('hostPorts', { containers: [{ ...app, ports: [{ containerPort: 80, hostPort: 80 }] }] }),
  of('sysctls', { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }),
  of('istio-init', {
    initContainers: [
      {
        ...app,
        name: 'istio-init',
        securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } }
      }
    ]
  })
]

await t.test('nodePrivileges and Pod Security baseline say the same', async (t) => {
  const cluster = await someCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  await cluster.namespace('baseline', { 'pod-security.kubernetes.io/enforce': 'baseline' })
  const path = '/api/v1/namespaces/baseline/pods?dryRun=All'
  const forbids = async ({ name, spec, annotations = {} }: Case): Promise<boolean> => {
    const body = pod(spec, { name: 'x', namespace: 'baseline', annotations })
    const said = await ask(cluster.kubeConfig(), { method: 'POST', path, body })
    const isForbidden = said.message.includes('violates PodSecurity "baseline')
    t.ok(isForbidden || said.code === 201, `${name}: ${said.code} ${said.message}`)
    return isForbidden
  }
  const reports = ({ spec, annotations = {} }: Case): boolean =>
    found(nodePrivileges, pod(spec, { annotations })).length > 0
  let forbidden = 0
  for (const each of cases) {
    const isForbidden = await forbids(each)
    if (isForbidden) forbidden += 1
    t.equal(reports(each), isForbidden, each.name)
  }
  t.ok(forbidden > 50 && cases.length - forbidden > 50, `${forbidden} of ${cases.length}`)
  for (const each of leftOut) {
    t.equal(await forbids(each), true, each.name)
    t.equal(reports(each), false, each.name)
  }
})
