/** The limit of any webhook on this stack: a bare Fastify over TLS that parses the body and answers `allowed`. */
import { readFileSync } from 'node:fs'
import { fastify } from 'fastify'

const [, , directory = '', port = '0'] = process.argv
const read = (name: string): string => readFileSync(`${directory}/${name}`, 'utf8')
const app = fastify({
  https: { cert: read('tls.crt'), key: read('tls.key'), minVersion: 'TLSv1.3' },
  bodyLimit: 8_388_608
})
app.post<{ Body: { request: { uid: string } } }>('/inject', async ({ body }) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: { uid: body.request.uid, allowed: true }
}))
await app.listen({ host: '127.0.0.1', port: Number(port) })
