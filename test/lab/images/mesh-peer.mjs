// A service that calls its peers without a pause and reports what came of it: a server and a client in one process.
import { createServer, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const { NAME, SIDE, PEERS, REPORT_TO, EVERY_MS = '250' } = process.env
const side = SIDE === 'injected' ? 'workload-api' : 'istiod'

// What a peer is told: whose certificates Envoy saw on the way here, and who signed this side's.
const server = createServer((incoming, response) => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ side, client: incoming.headers['x-forwarded-client-cert'] ?? '' }))
})
// A connection that the server closes while the sidecar uses it would be a 503 of nobody's doing.
server.keepAliveTimeout = 0
server.listen(8080)

const tally = new Map()
const failures = []
const note = (key) => tally.set(key, (tally.get(key) ?? 0) + 1)

const get = (url) =>
  new Promise((resolve, reject) => {
    const sent = request(url, { timeout: 20_000 }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text) => (body += text))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.on('error', reject)
    })
    sent.once('timeout', () => sent.destroy(new Error('timeout after 20 s')))
    sent.once('error', reject)
    sent.end()
  })

const call = async (peer) => {
  const fail = (why) => {
    note(`${peer} - failed`)
    failures.push({ at: Date.now(), peer, why: why.slice(0, 300) })
  }
  try {
    const { status, body } = await get(`http://${peer}/`)
    if (status !== 200) return fail(`${status} ${body}`)
    const answer = JSON.parse(body)
    note(`${peer} ${answer.side} ${answer.client.includes('URI=spiffe://') ? 'ok' : 'unencrypted'}`)
  } catch (error) {
    fail(`${error.code ?? ''} ${error.message}`)
  }
}

const report = async () => {
  const counts = [...tally].map(([key, count]) => {
    const [peer, server, outcome] = key.split(' ')
    return { peer, server, outcome, count }
  })
  if (counts.length === 0 && pending.size === 0) return
  const slow = [...pending.values()].filter((since) => Date.now() - since > 1500).length
  const sent = { name: NAME, client: side, counts, failures: [...failures], slow }
  tally.clear()
  failures.length = 0
  await fetch(REPORT_TO, { method: 'POST', body: JSON.stringify(sent) }).catch((error) => {
    // Nothing is lost by a collector that was away for a moment.
    for (const { peer, server, outcome, count } of counts) {
      const key = `${peer} ${server} ${outcome}`
      tally.set(key, (tally.get(key) ?? 0) + count)
    }
    failures.unshift(...sent.failures)
    console.error(`report: ${error.cause ?? error}`)
  })
}

let ending = false
const pending = new Map()
const stream = async (peer, offset) => {
  await sleep(offset)
  while (!ending) {
    const asked = call(peer)
    pending.set(asked, Date.now())
    asked.finally(() => pending.delete(asked))
    await sleep(Number(EVERY_MS))
  }
}

const reporting = setInterval(report, 500)
const peers = (PEERS ?? '').split(',').filter(Boolean)
peers.forEach((peer, index) => void stream(peer, 100 * index))

process.once('SIGTERM', async () => {
  ending = true
  await Promise.all(pending.keys())
  clearInterval(reporting)
  await report()
  process.exit(0)
})
