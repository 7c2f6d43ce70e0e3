// Stands in for Weaveworks' sock-shop: `catalogue` is its server, any other name one of its clients.
import { createServer } from 'node:http'

const [name] = process.argv.slice(2)
const { CATALOGUE_URL, PORT } = process.env

const catalogue = (request, response) => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ name, headers: request.headers }))
}

const client = async (_request, response) => {
  try {
    const answer = await fetch(CATALOGUE_URL, { signal: AbortSignal.timeout(5000) })
    const body = await answer.text()
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    response.end(body)
  } catch (error) {
    response.writeHead(502, { 'content-type': 'text/plain' })
    response.end(`${CATALOGUE_URL}: ${error.cause ?? error}\n`)
  }
}

if (name === undefined || (name !== 'catalogue' && CATALOGUE_URL === undefined)) {
  console.error(
    'usage: sock-shop.mjs catalogue, or with CATALOGUE_URL set: sock-shop.mjs front-end'
  )
  process.exit(64)
}
// The first process of a container ignores signals that it does not handle.
process.once('SIGTERM', () => process.exit(0))
const [answer, port] = name === 'catalogue' ? [catalogue, 8080] : [client, 8079]
const server = createServer(answer).listen(PORT ?? port, () =>
  console.log(`${name} listens on ${server.address().port}`)
)
