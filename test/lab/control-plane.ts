import { join } from 'node:path'
import { apiServer, kubernetesModule, type Setting } from './api-server.ts'
import { type Daemon, daemon, flags } from './daemon.ts'
import { inUrl, serviceRanges } from './ip-families.ts'
import { freePort } from './ports.ts'
import { tool } from './toolchain.ts'
import { answers } from './until.ts'

/** The programs of a control plane, in the order in which they start. */
export interface ControlPlane {
  readonly server: string
  readonly apiServer: Daemon
  readonly stages: readonly (readonly Daemon[])[]
}

const etcd = ({ folder, logs }: Setting, port: number, peerPort: number): Daemon =>
  daemon({
    name: 'etcd',
    binary: tool('etcd/etcd').binary,
    folder,
    logs,
    args: flags({
      'data-dir': join(folder, 'etcd'),
      'unsafe-no-fsync': true,
      'listen-client-urls': `http://127.0.0.1:${port}`,
      'advertise-client-urls': `http://127.0.0.1:${port}`,
      'listen-peer-urls': `http://127.0.0.1:${peerPort}`,
      'initial-advertise-peer-urls': `http://127.0.0.1:${peerPort}`,
      'initial-cluster': `default=http://127.0.0.1:${peerPort}`
    }),
    ports: [port, peerPort],
    ready: () => answers(`http://127.0.0.1:${port}/health`)
  })

interface ControllerOptions {
  readonly name: 'kube-controller-manager' | 'kube-scheduler'
  readonly server: string
  readonly more: Readonly<Record<string, string | boolean>>
}

const controller = async (
  { kubernetes, folder, logs, identities }: Setting,
  { name, server, more }: ControllerOptions
): Promise<Daemon> => {
  const port = await freePort()
  const kubeconfig = await identities.kubeconfig(name, { user: `system:${name}` }, server)
  return daemon({
    name,
    binary: tool(`${kubernetesModule(kubernetes)}/${name}`).binary,
    folder,
    logs,
    args: flags({
      kubeconfig,
      'authentication-kubeconfig': kubeconfig,
      'authorization-kubeconfig': kubeconfig,
      'bind-address': '127.0.0.1',
      'secure-port': port,
      'tls-cert-file': identities.file('controllers.crt'),
      'tls-private-key-file': identities.file('controllers.key'),
      'leader-elect': false,
      'kube-api-qps': 500, // the default of 20 makes the start and every test wait
      'kube-api-burst': 1000,
      ...more
    }),
    ports: [port],
    ready: () => answers(`https://127.0.0.1:${port}/healthz`, { ca: identities.ca.cert })
  })
}

const signAll = async ({
  identities: { save },
  address,
  bindAddress,
  ipFamilies
}: Setting): Promise<void> => {
  const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost']
  await save('kube-apiserver', {
    user: 'kube-apiserver',
    dns: names,
    ip: [
      '127.0.0.1',
      bindAddress,
      ...ipFamilies.map((family) => serviceRanges[family].apiServer),
      address
    ]
  })
  await save('front-proxy', { user: 'front-proxy' })
  await save('controllers', { user: 'controllers', ip: ['127.0.0.1'] })
}

/** Chooses ports, signs certificates and describes the programs; nothing runs yet. */
export const controlPlane = async (setting: Setting): Promise<ControlPlane> => {
  const { identities } = setting
  await signAll(setting)
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()]
  const server = `https://${inUrl(setting.bindAddress)}:${port}`
  const api = apiServer(setting, port, etcdPort)
  const manager = await controller(setting, {
    name: 'kube-controller-manager',
    server,
    more: {
      'use-service-account-credentials': true,
      'service-account-private-key-file': identities.file('tokens.key'),
      'root-ca-file': identities.file('ca.crt'),
      'cluster-signing-cert-file': identities.file('ca.crt'),
      'cluster-signing-key-file': identities.file('ca.key')
    }
  })
  const scheduler = await controller(setting, { name: 'kube-scheduler', server, more: {} })
  return {
    server,
    apiServer: api,
    stages: [[etcd(setting, etcdPort, peerPort)], [api], [manager, scheduler]]
  }
}
