/**
 * A server that is ours up to one part: `node bisect-server.ts PART DIRECTORY HOST PORT`, where the parts are those of
 * bisect-parts.ts in their order, each with all before it.
 */
import { readFileSync } from 'node:fs'
import { createAdmission } from '../../src/admission/admission.ts'
import type { Admission, Outcome } from '../../src/admission/review.ts'
import { buildApp } from '../../src/server/app.ts'
import { makeLog } from '../../src/telemetry/log.ts'
import { type Metrics, makeMetrics } from '../../src/telemetry/metrics.ts'
import { defaultConfig } from '../config/default-config.ts'
import { type PartName, partNames } from './bisect-parts.ts'

const [, , part = '', directory = '', host = '', port = '0'] = process.argv
const names: readonly string[] = partNames
const has = (name: PartName): boolean => names.indexOf(part) >= names.indexOf(name)
const read = (name: string): string => readFileSync(`${directory}/${name}`, 'utf8')

/** As little as the bare Fastify decides. */
function allow(body: unknown): Outcome {
  const { uid } = (body as { readonly request: { readonly uid: string } }).request
  const response = { uid, allowed: true }
  const nothing = { namespace: '', name: '', owner: '', kind: '', operation: '', dryRun: false }
  const decided = { decision: 'allowed', reason: '', operations: 0 } as const
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response } as const
  return { kind: 'answered', record: { uid, ...nothing, ...decided }, review }
}

const stub: Admission = { inject: allow, guard: (_mode, body) => allow(body) }
const nothing = (): void => undefined
const uncounted: Metrics = {
  ...makeMetrics(defaultConfig, 'bisect'),
  decided: nothing,
  answered: nothing
}
const { app } = buildApp({
  admission: has('decision') ? createAdmission(defaultConfig) : stub,
  config: defaultConfig.server,
  keyPair: { cert: read('tls.crt'), key: read('tls.key') },
  log: makeLog({ level: has('log') ? 'info' : 'error' }),
  metrics: has('metrics') ? makeMetrics(defaultConfig, 'bisect') : uncounted,
  draining: () => false
})
app.get('/readyz', async () => 'ok')
await app.listen({ host, port: Number(port) })
