/**
 * Any webhook on this stack has its bounds here: a bare Fastify over TLS that parses the body. `/limit` answers `allowed`,
 * `/floor` one operation, the least that changes a pod.
 */
import { readFileSync } from 'node:fs'
import { fastify } from 'fastify'

interface Review {
  readonly request: { readonly uid: string }
}

const [, , directory = '', host = '', port = '0'] = process.argv
const read = (name: string): string => readFileSync(`${directory}/${name}`, 'utf8')
const app = fastify({
  https: { cert: read('tls.crt'), key: read('tls.key'), minVersion: 'TLSv1.3' },
  bodyLimit: 8_388_608
})
const answer = ({ request: { uid } }: Review, more: object = {}): object => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: { uid, allowed: true, ...more }
})
const operation = { op: 'add', path: '/metadata/labels/bench-floor', value: 'true' }
const patch = Buffer.from(JSON.stringify([operation])).toString('base64')
app.get('/readyz', async () => 'ok')
app.post<{ Body: Review }>('/limit', async ({ body }) => answer(body))
app.post<{ Body: Review }>('/floor', async ({ body }) =>
  answer(body, { patchType: 'JSONPatch', patch })
)
await app.listen({ host, port: Number(port) })
