import { request } from 'node:https'
import { createAdmission } from '../../admission/admission.ts'
import type { AdmissionReview } from '../../admission/review.ts'
import { makeCa, makeLeaf } from '../../certificates/self-signed.ts'
import { parseConfig } from '../../config/parse.ts'
import { startServer } from '../../server/server.ts'
import { makeLog } from '../../telemetry/log.ts'
import { makeMetrics } from '../../telemetry/metrics.ts'
import { programVersion } from '../program-version.ts'

/** Sends the JSON of one AdmissionReview to a path of the server, over TLS, and answers what it said. */
export type Ask = (path: string, body: string) => Promise<AdmissionReview>

/** Starts the real server with a fresh certificate on a free port of this machine, its log silent. */
export async function startDemoServer(): Promise<{
  readonly ask: Ask
  readonly stop: () => Promise<void>
}> {
  const parsed = parseConfig({
    server: { host: '127.0.0.1', port: 0, probesPort: 0, drainDelay: 0 }
  })
  if ('errors' in parsed) throw new Error(parsed.errors.join('\n'))
  const validity = { now: Date.now(), lifetime: 3600 }
  const ca = await makeCa(validity)
  const pair = await makeLeaf(ca, ['localhost'], validity)
  const server = await startServer({
    admission: createAdmission(parsed.config),
    config: parsed.config.server,
    keyPairs: {
      current: () => pair,
      onChange: () => () => undefined,
      notReady: () => [],
      stop: async () => undefined
    },
    log: makeLog({ level: 'error' }),
    metrics: makeMetrics(parsed.config, programVersion())
  })
  const ask: Ask = (path, body) => post({ port: server.port, ca: ca.cert, path, body })
  return { ask, stop: server.drain }
}

interface Post {
  readonly port: number
  readonly ca: string
  readonly path: string
  readonly body: string
}

function post({ port, ca, path, body }: Post): Promise<AdmissionReview> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const options = {
      host: '127.0.0.1',
      servername: 'localhost',
      port,
      ca,
      path,
      method: 'POST',
      headers
    }
    const sent = request(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
