import t from 'tap'
import type { InjectConfig } from '../../src/config/config.ts'
import { proxyEnvironment } from '../../src/inject/environment.ts'
import { defaultConfig } from '../config/default-config.ts'

const istio = '/var/run/secrets/workload-spiffe-uds'
const PILOT_CERT_PROVIDER = 'workloadapi'

const cases: readonly (readonly [
  rule: string,
  config: Partial<InjectConfig>,
  env: Readonly<Record<string, string>>
])[] = [
  [
    'by default CA_ADDR and PILOT_CERT_PROVIDER are set',
    {},
    { CA_ADDR: 'unix:///run/secrets/workload-spiffe-uds/socket', PILOT_CERT_PROVIDER }
  ],
  [
    'another socket file gets into CA_ADDR and makes pilot-agent insist on it',
    { socketFile: 'workload.sock' },
    {
      CA_ADDR: 'unix:///run/secrets/workload-spiffe-uds/workload.sock',
      PILOT_CERT_PROVIDER,
      WORKLOAD_IDENTITY_SOCKET_FILE: 'workload.sock'
    }
  ],
  [
    'CA_ADDR names the first mount path',
    { mountPaths: [istio] },
    { CA_ADDR: `unix://${istio}/socket`, PILOT_CERT_PROVIDER }
  ],
  [
    "the administrator's own env wins, and comes beside the others",
    { env: { CA_ADDR: 'x', EXTRA: 'y' } },
    { CA_ADDR: 'x', EXTRA: 'y', PILOT_CERT_PROVIDER }
  ]
]

for (const [rule, config, env] of cases) {
  t.test(rule, async (t) => t.same(proxyEnvironment({ ...defaultConfig.inject, ...config }), env))
}
