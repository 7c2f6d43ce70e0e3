/** What Node itself takes to parse a body and answer it: `node bare-node.ts http|https DIRECTORY PORT`. */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'

const [, , scheme = '', directory = '', port = '0'] = process.argv
const read = (name: string): string => readFileSync(`${directory}/${name}`, 'utf8')

function answer(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const text = Buffer.concat(chunks).toString()
    const uid = text === '' ? '' : JSON.parse(text).request.uid
    const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }
    const said = JSON.stringify({ ...review, response: { uid, allowed: true } })
    const length = Buffer.byteLength(said)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': length })
    response.end(said)
  })
}

const server =
  scheme === 'http'
    ? createServer(answer)
    : createSecureServer(
        { cert: read('tls.crt'), key: read('tls.key'), minVersion: 'TLSv1.3' },
        answer
      )
server.listen(Number(port), '127.0.0.1')
