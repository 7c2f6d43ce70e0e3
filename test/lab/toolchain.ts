import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { contentHash } from './content-hash.ts'

/** A command that a Go module below `tools/` builds, as `module/command`. */
export type ToolName =
  | 'etcd/etcd'
  | `kubernetes/${'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler'}`
  | `kubernetes/${'kubectl' | 'kubelet' | 'kube-proxy'}`
  | `kubernetes-1.34/${'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler'}`
  | `istio/${'pilot-discovery' | 'pilot-agent' | 'istioctl'}`
  | `istio-april/${'pilot-discovery' | 'istioctl'}`
  | 'helm/helm'
  | 'registry/registry'
  | 'actionlint/actionlint'
  | 'helm-3/helm'
  | `prometheus/${'prometheus' | 'promtool'}`
  | `containerd/${'containerd' | 'containerd-shim-runc-v2' | 'ctr'}`
  | `cni/${'ptp' | 'host-local' | 'loopback'}`
  | 'coredns/coredns'
  | `spire/${'spire-server' | 'spire-agent'}`
  | 'load/load'
  | `csi-stand-in/${'driver' | 'registrar'}`
  | 'nri-reader/nri-reader'
  | 'cert-manager/cert-manager'
  | 'krew/krew'

const packages: Readonly<Record<ToolName, string>> = {
  'etcd/etcd': 'go.etcd.io/etcd/server/v3',
  'kubernetes/kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kubernetes/kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kubernetes/kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  'kubernetes/kubectl': 'k8s.io/kubernetes/cmd/kubectl',
  'kubernetes/kubelet': 'k8s.io/kubernetes/cmd/kubelet',
  'kubernetes/kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
  'kubernetes-1.34/kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kubernetes-1.34/kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kubernetes-1.34/kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  'istio/pilot-discovery': 'istio.io/istio/pilot/cmd/pilot-discovery',
  'istio/pilot-agent': 'istio.io/istio/pilot/cmd/pilot-agent',
  'istio/istioctl': 'istio.io/istio/istioctl/cmd/istioctl',
  'istio-april/pilot-discovery': 'istio.io/istio/pilot/cmd/pilot-discovery',
  'istio-april/istioctl': 'istio.io/istio/istioctl/cmd/istioctl',
  'helm/helm': 'helm.sh/helm/v4/cmd/helm',
  'registry/registry': 'github.com/distribution/distribution/v3/cmd/registry',
  'actionlint/actionlint': 'github.com/rhysd/actionlint/cmd/actionlint',
  'helm-3/helm': 'helm.sh/helm/v3/cmd/helm',
  'prometheus/prometheus': 'github.com/prometheus/prometheus/cmd/prometheus',
  'prometheus/promtool': 'github.com/prometheus/prometheus/cmd/promtool',
  'containerd/containerd': 'github.com/containerd/containerd/v2/cmd/containerd',
  'containerd/containerd-shim-runc-v2':
    'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2',
  'containerd/ctr': 'github.com/containerd/containerd/v2/cmd/ctr',
  'cni/ptp': 'github.com/containernetworking/plugins/plugins/main/ptp',
  'cni/host-local': 'github.com/containernetworking/plugins/plugins/ipam/host-local',
  'cni/loopback': 'github.com/containernetworking/plugins/plugins/main/loopback',
  'coredns/coredns': 'github.com/coredns/coredns',
  'spire/spire-server': 'github.com/spiffe/spire/cmd/spire-server',
  'spire/spire-agent': 'github.com/spiffe/spire/cmd/spire-agent',
  'load/load': './load',
  'csi-stand-in/driver': './driver',
  'csi-stand-in/registrar': './registrar',
  'nri-reader/nri-reader': '.',
  'cert-manager/cert-manager': '.',
  'krew/krew': 'sigs.k8s.io/krew/cmd/krew'
}

/** Everything a cluster without a node needs, in both versions of Kubernetes. */
export const suiteTools: readonly ToolName[] = [
  'etcd/etcd',
  'kubernetes/kube-apiserver',
  'kubernetes/kube-controller-manager',
  'kubernetes/kube-scheduler',
  'kubernetes/kubectl',
  'helm/helm',
  'nri-reader/nri-reader',
  'istio/pilot-discovery',
  'istio/istioctl',
  'kubernetes-1.34/kube-apiserver',
  'kubernetes-1.34/kube-controller-manager',
  'kubernetes-1.34/kube-scheduler'
]

/** What a node, its pods and their identities need on top of `suiteTools`. */
export const nodeTools: readonly ToolName[] = [
  'kubernetes/kubelet',
  'kubernetes/kube-proxy',
  'containerd/containerd',
  'containerd/containerd-shim-runc-v2',
  'containerd/ctr',
  'cni/ptp',
  'cni/host-local',
  'cni/loopback',
  'coredns/coredns',
  'istio/pilot-agent',
  'spire/spire-server',
  'spire/spire-agent',
  'csi-stand-in/driver',
  'csi-stand-in/registrar'
]

/** Where a command comes from, how it is built, and its file in the cache. */
export interface Tool {
  readonly name: ToolName
  readonly version: string
  readonly folder: string
  readonly package: string
  readonly linkerFlags: string
  readonly tags: string
  /** The C compiler is used only where it must be: SPIRE's server keeps its data in SQLite. */
  readonly cgo: boolean
  readonly binary: string
}

/** The folder outside the work tree that keeps built tools for every checkout. */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  join(
    env.SPIFFE_WEBHOOK_CACHE ?? env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    'spiffe-webhook'
  )

const requiredVersion = (folder: string, packagePath: string): string => {
  const requirement = /^(?:require )?(\S+) (v\S+)(?: \/\/ indirect)?$/
  for (const line of readFileSync(join(folder, 'go.mod'), 'utf8').split('\n')) {
    const [, path = '', version = ''] = requirement.exec(line.trim()) ?? []
    if (path !== '' && `${packagePath}/`.startsWith(`${path}/`)) return version
  }
  throw new Error(`${folder}/go.mod requires no module that holds ${packagePath}`)
}

/** As its Makefile links it: charts that ask for a version of Kubernetes are rendered for the one that Helm knows. */
const helm3Variables = (version: string): Readonly<Record<string, string>> => {
  const folder = join(import.meta.dirname, 'tools/helm-3')
  const minor = requiredVersion(folder, 'k8s.io/client-go').split('.')[1] ?? ''
  const module = 'helm.sh/helm/v3'
  return {
    [`${module}/internal/version.version`]: version,
    [`${module}/pkg/chartutil.k8sVersionMajor`]: '1',
    [`${module}/pkg/chartutil.k8sVersionMinor`]: minor,
    [`${module}/pkg/lint/rules.k8sVersionMajor`]: '1',
    [`${module}/pkg/lint/rules.k8sVersionMinor`]: minor
  }
}

// Clients cannot parse the version of a server that was linked without it.
const versionVariables = (name: ToolName, version: string): Readonly<Record<string, string>> => {
  if (name === 'helm/helm') return { 'helm.sh/helm/v4/internal/version.version': version }
  if (name === 'helm-3/helm') return helm3Variables(version)
  if (!name.startsWith('kubernetes')) return {}
  const [major = '', minor = ''] = version.slice(1).split('.')
  const folder = 'k8s.io/component-base/version'
  return {
    [`${folder}.gitVersion`]: version,
    [`${folder}.gitMajor`]: major,
    [`${folder}.gitMinor`]: minor
  }
}

const linkerFlags = (name: ToolName, version: string): string =>
  Object.entries(versionVariables(name, version))
    .map(([variable, value]) => ` -X ${variable}=${value}`)
    .join('')

/** What is left out of a build: drivers of file systems, and discovery of the machines of every cloud. */
const tags: Readonly<Record<string, string>> = {
  containerd: 'no_btrfs,no_zfs',
  prometheus: 'remove_all_sd'
}

/**
 * Looks a tool up; its version comes from `tools/<module>/go.mod`, the only place that names it. The
 * version of our own sources is a hash of them, so that a change builds anew.
 */
export const tool = (name: ToolName): Tool => {
  const [moduleName = '', command = ''] = name.split('/')
  const folder = join(import.meta.dirname, 'tools', moduleName)
  const own = packages[name].startsWith('.')
  const version = own ? contentHash(folder) : requiredVersion(folder, packages[name])
  return {
    name,
    version,
    folder,
    package: packages[name],
    linkerFlags: `-s -w${linkerFlags(name, version)}`,
    tags: tags[moduleName] ?? '',
    cgo: name === 'spire/spire-server',
    binary: join(cacheFolder(), 'tools', `${moduleName}-${version}`, command)
  }
}
