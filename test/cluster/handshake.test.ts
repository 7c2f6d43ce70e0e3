import type { AddressInfo } from 'node:net'
import { createServer as createPlain } from 'node:net'
import { createServer } from 'node:tls'
import t from 'tap'
import { handshake } from '../../src/cluster/handshake.ts'
import { certificates } from '../../src/verify/certificates/envoy-secrets.ts'
import { make } from '../verify/certificates/authority.ts'

await t.test('the chain that a server shows is taken as it comes', async (t) => {
  const ca = await make({ name: 'ca', isCa: true })
  const leaf = await make({ name: 'leaf', by: ca })
  const server = createServer({ cert: leaf.cert + ca.cert, key: leaf.key })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  for (const host of ['127.0.0.1', 'localhost']) {
    const shown = await handshake(host, port)
    t.same(shown.kind === 'shown' ? certificates(shown.pem).map(({ subject }) => subject) : shown, [
      'CN=leaf',
      'CN=ca'
    ])
  }
})

await t.test('a server that is not there, or says nothing', async (t) => {
  t.match(await handshake('nobody.invalid', 443), { kind: 'unreachable', why: /nobody.invalid/ })
  const server = createPlain(() => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  t.match(await handshake('127.0.0.1', port, 200), { kind: 'unreachable', why: /within 0.2 s/ })
})
