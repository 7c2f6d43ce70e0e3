/**
 * A flood as a process of its own: `node flood-from.ts HOST PORT COUNT KIND ADDRESS...`. Connections come from the
 * addresses in turn and come back when they are closed, one each 50 ms. It ends after five minutes, whatever happens.
 */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

const [, , host = '', port = '', count = '', kind = '', ...addresses] = process.argv
const body = '{"apiVersion":"admission.k8s.io/v1"'
const half = `POST /inject HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n${body}`

function come(index: number): void {
  const localAddress = addresses[index % addresses.length] ?? ''
  const place = { host, port: Number(port), localAddress }
  const socket: Socket =
    kind === 'silent'
      ? connectTcp(place, counted)
      : connectTls({ ...place, rejectUnauthorized: false }, () => {
          counted()
          socket.write(half)
        })
  socket.on('error', () => undefined).resume()
  socket.once('close', () => setTimeout(come, 50, index))
}

let made = 0
function counted(): void {
  made += 1
  if (made === Number(count)) console.log('all have been there')
}

for (let index = 0; index < Number(count); index++) setTimeout(come, index, index)
setTimeout(() => process.exit(), 300_000)
process.on('SIGTERM', () => {
  console.log(`${made} connections made`)
  process.exit()
})
