import { parse } from 'yaml'
import { createAdmission } from '../../src/admission/admission.ts'
import type { Admission, Outcome } from '../../src/admission/review.ts'
import type { KeyPairSource } from '../../src/certificates/key-pair.ts'
import { makeCa, makeLeaf } from '../../src/certificates/self-signed.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import { makeLog } from '../../src/telemetry/log.ts'
import { makeMetrics } from '../../src/telemetry/metrics.ts'
import { defaultConfig } from '../config/default-config.ts'
import type { Cluster } from '../lab/cluster.ts'
import { chartPath } from './helm.ts'

/** One review that the API server asked for, by the endpoint, and what it was told. */
export interface Asking {
  readonly endpoint: string
  readonly allowed: boolean
  readonly warnings: readonly string[]
}

/** The chart on a cluster without nodes, and the real server in this process behind its Service. */
export interface Installed {
  readonly asked: Asking[]
  /** `helm upgrade --install`; the server takes the configuration that Helm wrote. */
  readonly upgrade: (values: object) => Promise<void>
  readonly uninstall: () => Promise<void>
  /** Nobody answers any more, as while no replica is up. */
  readonly stopServer: () => Promise<void>
}

const name = 'spiffe-webhook'

/** Prepares everything but the release itself, with certificates of mode files. The chart may be a changed copy. */
export async function prepareChart(
  cluster: Cluster,
  chart: () => string = () => chartPath(name)
): Promise<Installed> {
  const validity = { now: Date.now(), lifetime: 3600 }
  const ca = await makeCa(validity)
  const pair = await makeLeaf(ca, [`${name}.${name}.svc`], validity)
  const keyPairs: KeyPairSource = {
    current: () => pair,
    onChange: () => () => undefined,
    notReady: () => [],
    stop: async () => undefined
  }
  const asked: Asking[] = []
  const engine = { admission: createAdmission(defaultConfig) }
  const server = await startServer({
    admission: recording(engine, asked),
    config: { ...defaultConfig.server, port: 0, probesPort: 0, drainDelay: 0 },
    keyPairs,
    metrics: makeMetrics(defaultConfig, 'test'),
    log: makeLog({ level: 'error' }, { write: () => undefined })
  })
  const certificates = { mode: 'files', existingSecret: 'unused', caBundle: ca.cert }
  return {
    asked,
    upgrade: async (values) => {
      const args = ['upgrade', '--install', name, chart(), '--namespace', name]
      const input = JSON.stringify({ ...values, certificates })
      await cluster.helm([...args, '--create-namespace', '--values', '-'], { input })
      engine.admission = createAdmission(await installedConfig(cluster))
      await cluster.expose(name, name, [server.port])
    },
    uninstall: async () => {
      await cluster.helm(['uninstall', name, '--namespace', name])
    },
    stopServer: () => stopServer(server)
  }
}

function recording(engine: { readonly admission: Admission }, asked: Asking[]): Admission {
  const record = (endpoint: string, outcome: Outcome): Outcome => {
    const response = outcome.kind === 'answered' ? outcome.review.response : { allowed: false }
    const warnings = 'warnings' in response ? (response.warnings ?? []) : []
    asked.push({ endpoint, allowed: response.allowed, warnings })
    return outcome
  }
  return {
    inject: (body) => record('/inject', engine.admission.inject(body)),
    guard: (mode, body) => record(`/guard/${mode}`, engine.admission.guard(mode, body))
  }
}

async function installedConfig(cluster: Cluster): Promise<typeof defaultConfig> {
  const args = ['-n', name, 'get', 'configmap', name, '-o', 'json']
  const { stdout } = await cluster.kubectl(args)
  const parsed = parseConfig(parse(JSON.parse(stdout).data['config.yaml']))
  if ('errors' in parsed) throw new Error(parsed.errors.join('\n'))
  return parsed.config
}

const stopServer = (server: RunningServer): Promise<void> => server.drain()
