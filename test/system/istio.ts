import type { Cluster } from '../lab/cluster.ts'
import { until } from '../lab/until.ts'

// Upstream's Envoy lacks Istio's own filters: telemetry and the two filters that need them are off. The mesh runs the
// sidecars that it injects by default on such a node: native ones.
const values = (trustDomain: string): readonly string[] => [
  'profile=minimal',
  'hub=istio.test',
  'tag=test',
  `meshConfig.trustDomain=${trustDomain}`,
  'values.telemetry.enabled=false',
  'values.pilot.env.PILOT_ENABLE_METADATA_EXCHANGE=false',
  'values.pilot.env.PILOT_ENABLE_ALPN_FILTER=false',
  'values.pilot.autoscaleEnabled=false',
  'values.pilot.resources.requests.cpu=10m',
  'values.pilot.resources.requests.memory=64Mi',
  'values.global.proxy.resources.requests.cpu=10m',
  'values.global.proxy.resources.requests.memory=32Mi',
  'values.global.imagePullPolicy=IfNotPresent'
]

/** Installs Istio as `istioctl` renders it: istiod is a pod of its own here. */
export const installIstio = async (cluster: Cluster, trustDomain: string): Promise<void> => {
  const set = values(trustDomain).flatMap((value) => ['--set', value])
  const { stdout } = await cluster.istioctl(['manifest', 'generate', ...set])
  await cluster.namespace('istio-system')
  // The second time knows the kinds that the first one defines.
  await until(
    "Istio's manifest being applied",
    async () => {
      const args = ['apply', '--server-side', '-f', '-']
      const { code } = await cluster.kubectl(args, { input: stdout, allowFailure: true })
      return code === 0
    },
    { seconds: 60, everyMs: 1000 }
  )
  const rollout = ['rollout', 'status', 'deployment/istiod', '--timeout=120s']
  await cluster.kubectl(['-n', 'istio-system', ...rollout])
}
