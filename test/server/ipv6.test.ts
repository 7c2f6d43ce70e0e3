import { connect } from 'node:tls'
import t from 'tap'
import { ca, send, serve } from './serving.ts'

/** The status line of a request to the webhook at an address. */
const statusAt = (host: string, port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, ca: ca.cert, servername: 'localhost' }, () => {
      socket.write(
        'POST /inject HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]'
      )
    })
    socket.once('data', (data) => {
      resolve(data.toString().split('\r\n')[0] ?? '')
      socket.destroy()
    })
    socket.once('error', reject)
  })

t.test('with host :: webhook and probes answer on both families', async (t) => {
  const { port, probesPort } = await serve(t, { config: { host: '::' } })
  t.match(await statusAt('::1', port), 'HTTP/1.1 400')
  t.match(await send(port, '[]'), { code: 400 }, 'IPv4')
  t.equal((await fetch(`http://[::1]:${probesPort}/readyz`)).status, 200)
  t.equal((await fetch(`http://127.0.0.1:${probesPort}/livez`)).status, 200)
})
