import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Daemon, daemon, flags } from './daemon.ts'
import type { Identities } from './identities.ts'
import { type IpFamilies, inUrl, serviceRanges } from './ip-families.ts'
import { tool } from './toolchain.ts'
import { answers } from './until.ts'

/** The versions of Kubernetes that can be built here. */
export type KubernetesVersion = '1.37' | '1.34'

/** What every program of one control plane knows. */
export interface Setting {
  readonly kubernetes: KubernetesVersion
  readonly folder: string
  readonly logs: string
  readonly identities: Identities
  /** Where the API server listens. */
  readonly bindAddress: string
  /** Where pods find it, and a Service the programs of this machine: not loopback. */
  readonly address: string
  readonly ipFamilies: IpFamilies
  readonly apiServerFlags: readonly string[]
}

/** The folder below `tools/` that builds a version of Kubernetes. */
export const kubernetesModule = (version: KubernetesVersion): 'kubernetes' | 'kubernetes-1.34' =>
  version === '1.37' ? 'kubernetes' : 'kubernetes-1.34'

// Who wrote what, with the annotations that webhooks add. Reads and the control plane's own
// chatter would only bury it.
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', verbs: ['get', 'list', 'watch'] },
    { level: 'None', resources: [{ group: 'coordination.k8s.io' }] },
    { level: 'None', resources: [{ group: '', resources: ['events'] }] },
    { level: 'None', resources: [{ group: 'events.k8s.io' }] },
    { level: 'Metadata' }
  ]
}

const requestHeaderFlags = ({ file }: Identities): Record<string, string> => ({
  'requestheader-client-ca-file': file('ca.crt'),
  'requestheader-username-headers': 'X-Remote-User',
  'requestheader-group-headers': 'X-Remote-Group',
  'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
  'requestheader-allowed-names': 'front-proxy',
  'proxy-client-cert-file': file('front-proxy.crt'),
  'proxy-client-key-file': file('front-proxy.key')
})

const tokenFlags = ({ file }: Identities): Record<string, string> => ({
  'service-account-issuer': 'https://kubernetes.default.svc',
  'service-account-key-file': file('tokens.pub'),
  'service-account-signing-key-file': file('tokens.key')
})

const servingFlags = ({
  identities: { file },
  bindAddress,
  address
}: Setting): Record<string, string> => ({
  'bind-address': bindAddress,
  'advertise-address': address,
  'tls-cert-file': file('kube-apiserver.crt'),
  'tls-private-key-file': file('kube-apiserver.key'),
  'client-ca-file': file('ca.crt'),
  'kubelet-client-certificate': file('admin.crt'),
  'kubelet-client-key': file('admin.key'),
  'kubelet-certificate-authority': file('ca.crt'),
  'kubelet-preferred-address-types': 'InternalIP'
})

/** The API server: RBAC, an audit log, and webhooks called at the addresses in EndpointSlices. */
export const apiServer = (setting: Setting, port: number, etcdPort: number): Daemon => {
  const { folder, logs, identities, kubernetes } = setting
  const policyFile = join(folder, 'audit-policy.yaml')
  writeFileSync(policyFile, stringify(auditPolicy))
  return daemon({
    name: 'kube-apiserver',
    binary: tool(`${kubernetesModule(kubernetes)}/kube-apiserver`).binary,
    folder,
    logs,
    args: [
      ...flags({
        'etcd-servers': `http://127.0.0.1:${etcdPort}`,
        'secure-port': port,
        'authorization-mode': 'Node,RBAC',
        'enable-admission-plugins': 'NodeRestriction',
        'allow-privileged': true,
        'enable-aggregator-routing': true, // no kube-proxy makes ClusterIPs work
        'service-cluster-ip-range': setting.ipFamilies
          .map((family) => serviceRanges[family].range)
          .join(','),
        'audit-policy-file': policyFile,
        'audit-log-path': join(logs, 'audit.log'),
        ...servingFlags(setting),
        ...tokenFlags(identities),
        ...requestHeaderFlags(identities)
      }),
      ...setting.apiServerFlags
    ],
    ports: [port],
    ready: () =>
      answers(`https://${inUrl(setting.bindAddress)}:${port}/readyz`, {
        ...identities.admin,
        ca: identities.ca.cert
      })
  })
}
