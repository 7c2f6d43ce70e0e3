import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { buildTools } from './build-tools.ts'
import type { Cluster } from './cluster.ts'
import { type Daemon, daemon, flags } from './daemon.ts'
import { execute } from './execute.ts'
import { freePort } from './ports.ts'
import { tool } from './toolchain.ts'
import { answers, until } from './until.ts'

/** How Istio is installed; everything has a default. */
export interface IstioOptions {
  /** The module of `tools/` that it is built from: the newest Istio, or that of April 2026. */
  readonly revision?: 'istio' | 'istio-april'
  readonly trustDomain?: string
  /** More `--set` values for `istioctl manifest generate`. */
  readonly set?: readonly string[]
}

/** Istio's control plane, which injects sidecars into pods of labelled namespaces. */
export interface Istio {
  readonly istiod: Daemon
  /** Sets the reinvocationPolicy of every webhook of Istio's injector. */
  readonly setReinvocationPolicy: (policy: 'Never' | 'IfNeeded') => Promise<void>
  /** Adds a custom injection template, as `sidecarInjectorWebhook.templates.<name>` would. */
  readonly addTemplate: (name: string, template: string) => Promise<void>
}

const system = 'istio-system'
const injector = 'istio-sidecar-injector'

/** What Istio's own chart renders, without the parts that only a node could run. */
const renderManifest = async (options: IstioOptions): Promise<string> => {
  const values = [
    'profile=minimal',
    'hub=istio.test',
    'tag=test',
    `meshConfig.trustDomain=${options.trustDomain ?? 'lab.test'}`,
    ...(options.set ?? [])
  ]
  const args = ['manifest', 'generate', ...values.flatMap((value) => ['--set', value])]
  const { stdout } = await execute(tool(`${options.revision ?? 'istio'}/istioctl`).binary, args)
  const needsNode = new Set(['Deployment', 'HorizontalPodAutoscaler', 'PodDisruptionBudget'])
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as { kind?: string } | null)
    .filter((object) => object !== null && !needsNode.has(object.kind ?? ''))
    .map((object) => stringify(object, { aliasDuplicateObjects: false }))
    .join('---\n')
}

const describeIstiod = async (
  cluster: Cluster,
  revision: 'istio' | 'istio-april'
): Promise<{ istiod: Daemon; port: number }> => {
  const folder = join(cluster.folder, 'istiod')
  mkdirSync(folder, { recursive: true })
  const [http, https, grpc] = [await freePort(), await freePort(), await freePort()]
  const [secureGrpc, monitoring, ctrlz] = [await freePort(), await freePort(), await freePort()]
  const istiod = daemon({
    name: 'istiod',
    binary: tool(`${revision}/pilot-discovery`).binary,
    folder,
    logs: cluster.logs,
    args: [
      'discovery',
      ...flags({
        kubeconfig: cluster.kubeconfig,
        httpAddr: `127.0.0.1:${http}`,
        httpsAddr: `${cluster.address}:${https}`,
        grpcAddr: `127.0.0.1:${grpc}`,
        secureGRPCAddr: `127.0.0.1:${secureGrpc}`,
        monitoringAddr: `127.0.0.1:${monitoring}`,
        ctrlz_port: ctrlz
      })
    ],
    env: {
      POD_NAME: 'istiod-outside',
      POD_NAMESPACE: system,
      REVISION: 'default',
      PILOT_CERT_PROVIDER: 'istiod',
      INJECTION_WEBHOOK_CONFIG_NAME: injector,
      VALIDATION_WEBHOOK_CONFIG_NAME: `istio-validator-${system}`,
      // "auto" asks the nodes for their version, and there is none.
      ENABLE_NATIVE_SIDECARS: 'true'
    },
    ports: [http, https, grpc, secureGrpc, monitoring, ctrlz],
    ready: () => answers(`http://127.0.0.1:${http}/ready`)
  })
  return { istiod, port: https }
}

const probe = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'probe', labels: { 'sidecar.istio.io/inject': 'true' } },
  spec: { containers: [{ name: 'app', image: 'registry.test/app:1' }] }
}

/** A dry run tells when istiod has written its CA and the API server has seen it. */
const injects = async ({ kubectl }: Cluster): Promise<boolean> => {
  const { stdout } = await kubectl(['create', '--dry-run=server', '-o', 'json', '-f', '-'], {
    input: JSON.stringify(probe)
  })
  return stdout.includes('istio-proxy')
}

const setReinvocationPolicy = async (
  { kubectl }: Cluster,
  reinvocationPolicy: string
): Promise<void> => {
  const kind = 'mutatingwebhookconfiguration'
  const { stdout } = await kubectl(['get', kind, injector, '-o', 'json'])
  const webhooks: readonly object[] = JSON.parse(stdout).webhooks
  const patch = webhooks.map((_, index) => ({
    op: 'replace',
    path: `/webhooks/${index}/reinvocationPolicy`,
    value: reinvocationPolicy
  }))
  await kubectl(['patch', kind, injector, '--type=json', '-p', JSON.stringify(patch)])
}

/** Adds an injection template, made of those that are there already. */
export const addTemplate = async (
  { kubectl }: Cluster,
  name: string,
  make: (templates: Readonly<Record<string, string>>) => string
): Promise<void> => {
  const { stdout } = await kubectl(['-n', system, 'get', 'configmap', injector, '-o', 'json'])
  const map = JSON.parse(stdout)
  const config = parse(map.data.config)
  const templates = { ...config.templates, [name]: make(config.templates) }
  const data = { ...map.data, config: stringify({ ...config, templates }) }
  await kubectl(['replace', '-f', '-'], { input: JSON.stringify({ ...map, data }) })
}

/** Installs Istio's chart and runs istiod outside the cluster, reached through its own Service. */
export const startIstio = async (cluster: Cluster, options: IstioOptions = {}): Promise<Istio> => {
  const { revision = 'istio' } = options
  await buildTools([`${revision}/istioctl`, `${revision}/pilot-discovery`], cluster.progress)
  await cluster.namespace(system)
  const manifest = await renderManifest(options)
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: manifest })
  const { istiod, port } = await describeIstiod(cluster, revision)
  await cluster.expose(system, 'istiod', [port])
  await cluster.add(istiod)
  await until('Istio injecting a sidecar', () => injects(cluster), { seconds: 60 })
  return {
    istiod,
    setReinvocationPolicy: (policy) => setReinvocationPolicy(cluster, policy),
    addTemplate: (name, template) => addTemplate(cluster, name, () => template)
  }
}
