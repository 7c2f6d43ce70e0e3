import t from 'tap'
import { nodePrivileges } from '../../../src/guard/rules/node-privileges.ts'
import { modelOf } from '../models.ts'
import { found } from './found.ts'

const remedy = 'remove it, or label the namespace pod-security.kubernetes.io/enforce: baseline'
const leads = `which leads around every mount rule: ${remedy}`
const forbidden = `which Pod Security baseline forbids: ${remedy}`
const pod = (spec: unknown): unknown => ({ spec })
const app = (fields: object): unknown => pod({ containers: [{ name: 'app', ...fields }] })
const secured = (securityContext: unknown): unknown => app({ securityContext })
const adding = (...add: readonly unknown[]): unknown => secured({ capabilities: { add } })

const leading: readonly (readonly [value: unknown, field: string, what: string])[] = [
  [pod({ hostPID: true }), 'hostPID', 'the pod sets hostPID'],
  [
    pod({ securityContext: { windowsOptions: { hostProcess: true } } }),
    'securityContext.windowsOptions.hostProcess',
    'the pod sets hostProcess'
  ],
  [
    secured({ privileged: true }),
    'containers[0].securityContext.privileged',
    'container "app" is privileged'
  ],
  [
    secured({ procMount: 'Unmasked' }),
    'containers[0].securityContext.procMount',
    'container "app" sets procMount "Unmasked"'
  ],
  [
    secured({ windowsOptions: { hostProcess: true } }),
    'containers[0].securityContext.windowsOptions.hostProcess',
    'container "app" sets hostProcess'
  ],
  ...[
    'ALL',
    'SYS_ADMIN',
    'SYS_PTRACE',
    'DAC_READ_SEARCH',
    'SYS_MODULE',
    'SYS_RAWIO',
    'SYS_BOOT',
    'BPF',
    'PERFMON',
    'CAP_SYS_ADMIN',
    'sys_admin',
    'Cap_All'
  ].map(
    (name) =>
      [
        adding('CHOWN', name),
        'containers[0].securityContext.capabilities.add',
        `container "app" adds the capability "${name}"`
      ] as const
  ),
  ...[
    '/proc/self/fd/8',
    '/proc/7/fd',
    '/proc/thread-self/fd/',
    '//proc/./self//fd/8',
    '/dev/fd/8'
  ].map(
    (workingDir) =>
      [
        app({ workingDir }),
        'containers[0].workingDir',
        'container "app" works in a folder of open files'
      ] as const
  )
]

t.test('each privilege that leads around the mounts is told', async (t) => {
  for (const [value, field, what] of leading) {
    t.same(found(nodePrivileges, value), [`warn NodePrivilege spec.${field}: ${what}, ${leads}`])
  }
})

const inApp = 'containers[0].securityContext'
const appArmor = 'container.apparmor.security.beta.kubernetes.io/app'
const others: readonly (readonly [value: unknown, field: string, what: string])[] = [
  [pod({ hostIPC: true }), 'hostIPC', 'the pod sets hostIPC'],
  [pod({ hostNetwork: true }), 'hostNetwork', 'the pod sets hostNetwork'],
  ...['NET_ADMIN', 'CAP_CHOWN', 'chown', 'X'].map(
    (name) =>
      [
        adding(name),
        `${inApp}.capabilities.add`,
        `container "app" adds the capability "${name}"`
      ] as const
  ),
  ...(['seccompProfile', 'appArmorProfile'] as const).flatMap((key) => [
    [
      pod({ securityContext: { [key]: { type: 'Unconfined' } } }),
      `securityContext.${key}.type`,
      `the pod sets ${key}.type "Unconfined"`
    ] as const,
    [
      secured({ [key]: { type: '' } }),
      `${inApp}.${key}.type`,
      `container "app" sets ${key}.type ""`
    ] as const
  ]),
  ...(['type', 'user', 'role'] as const).map(
    (key) =>
      [
        secured({ seLinuxOptions: { [key]: 'spc_t' } }),
        `${inApp}.seLinuxOptions.${key}`,
        `container "app" sets seLinuxOptions.${key} "spc_t"`
      ] as const
  ),
  ...(['livenessProbe', 'readinessProbe', 'startupProbe'] as const).map(
    (probe) =>
      [
        app({ [probe]: { tcpSocket: { port: 1, host: 'a.test' } } }),
        `containers[0].${probe}.tcpSocket.host`,
        `container "app" makes ${probe} call the host "a.test"`
      ] as const
  ),
  [
    app({ lifecycle: { postStart: { httpGet: { host: 'a.test' } } } }),
    'containers[0].lifecycle.postStart.httpGet.host',
    'container "app" makes postStart call the host "a.test"'
  ]
]

t.test('what baseline forbids otherwise is told too', async (t) => {
  for (const [value, field, what] of others) {
    t.same(found(nodePrivileges, value), [
      `warn NodePrivilege spec.${field}: ${what}, ${forbidden}`
    ])
  }
  t.same(found(nodePrivileges, { metadata: { annotations: { [appArmor]: 'unconfined' } } }), [
    `warn NodePrivilege metadata.annotations["${appArmor}"]: the annotation "${appArmor}" is "unconfined", ${forbidden}`
  ])
})

const good: readonly unknown[] = [
  {},
  { spec: null },
  pod({ hostPID: false, hostNetwork: null, shareProcessNamespace: true, securityContext: null }),
  pod({ securityContext: { windowsOptions: null } }),
  secured(null),
  secured({ privileged: false, procMount: 'Default', capabilities: null }),
  secured({ windowsOptions: { hostProcess: false }, capabilities: { add: 'SYS_ADMIN' } }),
  adding('MKNOD', 7, 'SYS_CHROOT'),
  pod({
    hostUsers: false,
    containers: [{ name: 'a', securityContext: { procMount: 'Unmasked' } }]
  }),
  pod({
    initContainers: [
      { name: 'istio-init', securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } } }
    ]
  }),
  secured({ seccompProfile: { type: 'Localhost' }, appArmorProfile: { type: 'RuntimeDefault' } }),
  secured({ seccompProfile: null, seLinuxOptions: { type: 'container_t', level: 's0', user: '' } }),
  app({ livenessProbe: { httpGet: { host: '' }, tcpSocket: null }, lifecycle: { preStop: null } }),
  { metadata: { annotations: { [appArmor]: 'localhost/x', [`${appArmor}2`]: 'runtime/default' } } },
  secured({ capabilities: { drop: ['ALL'] } }),
  ...['/proc/self/fdinfo', '/proc/self', '/proc/x/fd', '/data/proc/self/fd', '/dev/fdx', 7].map(
    (workingDir) => app({ workingDir })
  )
]

t.test('what does not lead around them is not', async (t) => {
  for (const value of good) t.same(found(nodePrivileges, value), [], JSON.stringify(value))
})

t.test('containers of every list are read, in order, with everything they ask for', async (t) => {
  const securityContext = { privileged: true, capabilities: { add: ['ALL', 'SYS_PTRACE'] } }
  const lists = ['initContainers', 'containers', 'ephemeralContainers']
  const spec = Object.fromEntries(
    lists.map((list) => [list, [{ name: 'fine' }, { name: list, securityContext }]])
  )
  t.same(
    found(nodePrivileges, pod(spec)).map((line) => line.split(' ')[2]),
    lists.flatMap((list) =>
      ['privileged', 'capabilities.add', 'capabilities.add'].map(
        (key) => `spec.${list}[1].securityContext.${key}:`
      )
    )
  )
})

t.test('guard.nodePrivileges decides between warning and refusal', async (t) => {
  const model = modelOf({ nodePrivileges: 'deny' })
  t.match(found(nodePrivileges, pod({ hostPID: true }), { model }), [
    /^deny NodePrivilege spec\.hostPID: /
  ])
})

t.test('a capability that is added many times is told once', async (t) => {
  t.equal(found(nodePrivileges, adding(...Array(1000).fill('ALL'), 'SYS_ADMIN')).length, 2)
})
