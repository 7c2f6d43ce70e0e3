import { type ToolName, tool } from '../lab/toolchain.ts'

const version = (name: ToolName): string => tool(name).version

/** What ran for real and what stood in, for whoever reads a result. */
const parts = (): readonly (readonly [part: string, kind: 'real' | 'stand-in', what: string])[] => [
  ['Kubernetes', 'real', `${version('kubernetes/kubelet')}, control plane as processes`],
  ['node', 'real', 'kubelet, containerd, runc, kube-proxy, CoreDNS in namespaces of this machine'],
  ['Istio', 'real', `istiod and pilot-agent ${version('istio/pilot-agent')}`],
  ['Envoy', 'real', "upstream's 1.40.0, without the filters of Istio's own build"],
  ['spiffe-webhook', 'real', 'image as released, chart installed by Helm'],
  ['charts/workload-api', 'real', 'installed by Helm, provider external'],
  ['SPIRE', 'real', `server and agent ${version('spire/spire-agent')}`],
  ['tbot, Teleport', 'stand-in', 'SPIRE: neither can be had here'],
  ['SPIFFE CSI driver', 'stand-in', "the suite's own, unless SPIFFE_CSI_DRIVER_ARCHIVE is set"],
  [
    'node-driver-registrar',
    'stand-in',
    "the suite's own, unless CSI_NODE_DRIVER_REGISTRAR_ARCHIVE is set"
  ],
  ['spire-controller-manager', 'stand-in', 'the suite registers the entries itself'],
  ['sock-shop', 'stand-in', 'a client and a server of a few lines, in Deployments']
]

/** The table as text. */
export const partsTable = (): string => {
  const width = Math.max(...parts().map(([part]) => part.length))
  return parts()
    .map(([part, kind, what]) => `${part.padEnd(width)}  ${kind.padEnd(8)}  ${what}`)
    .join('\n')
}
