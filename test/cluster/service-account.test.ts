import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { KeyPair } from '../../src/certificates/key-pair.ts'
import { makeCa, makeLeaf } from '../../src/certificates/self-signed.ts'
import type { Access } from '../../src/cluster/access.ts'
import { ask } from '../../src/cluster/api.ts'
import { ownAccess } from '../../src/cluster/own-access.ts'
import { serviceAccount } from '../../src/cluster/service-account.ts'

const validity = { now: Date.now(), lifetime: 3600 }
const get = { method: 'GET', path: '/version' } as const

interface Pod {
  readonly folder: string
  readonly access: Access
  /** What each request brought: its connection and its Authorization. */
  readonly asked: readonly string[]
  readonly closeIdle: () => void
  readonly serveWith: (pair: KeyPair) => void
}

/** A stand-in for the API server, and the files that kubelet mounts; connections are numbered as they come. */
async function pod(t: Test, ca: KeyPair): Promise<Pod> {
  const asked: string[] = []
  const ports: (number | undefined)[] = []
  const server = createServer(await makeLeaf(ca, ['127.0.0.1'], validity), (request, response) => {
    const { remotePort } = request.socket
    if (!ports.includes(remotePort)) ports.push(remotePort)
    asked.push(`${ports.indexOf(remotePort)} ${request.headers.authorization}`)
    response.end('{"major":"1"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const folder = t.testdir({ token: 'first\n', 'ca.crt': ca.cert })
  const { port } = server.address() as AddressInfo
  const environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: `${port}` }
  const access = serviceAccount(folder, environment)
  if (access === undefined) throw new Error('no service account')
  return {
    folder,
    access,
    asked,
    closeIdle: () => server.closeIdleConnections(),
    serveWith: (pair) => server.setSecureContext(pair)
  }
}

await t.test('a pod asks with its token, which is read again, over one connection', async (t) => {
  const { folder, access, asked } = await pod(t, await makeCa(validity))
  t.match(await ask(access, get, 5000), { status: 200, body: { major: '1' } })
  writeFileSync(join(folder, 'token'), 'second')
  await Promise.all([ask(access, get, 5000), ask(access, get, 5000)])
  t.same(asked, ['0 Bearer first', '0 Bearer second', '0 Bearer second'])
})

await t.test('a kept connection that the API server has closed is no fault', async (t) => {
  const { access, asked, closeIdle } = await pod(t, await makeCa(validity))
  await ask(access, get, 5000)
  // In the same turn: the request is on its way before this end hears of it.
  closeIdle()
  t.match(await ask(access, get, 5000), { status: 200 })
  t.same(asked, ['0 Bearer first', '1 Bearer first'])
})

await t.test('the CA is followed, and nobody else is believed', async (t) => {
  const [old, fresh] = [await makeCa(validity), await makeCa(validity)]
  const { folder, access, closeIdle, serveWith } = await pod(t, old)
  await ask(access, get, 5000)
  serveWith(await makeLeaf(fresh, ['127.0.0.1'], validity))
  closeIdle()
  await t.rejects(ask(access, get, 5000), { message: /certificate/ })
  writeFileSync(join(folder, 'ca.crt'), fresh.cert)
  t.match(await ask(access, get, 5000), { status: 200 })
})

t.test('outside of a pod there is none, and an address of IPv6 stands in brackets', async (t) => {
  const folder = t.testdir({ token: 'x', 'ca.crt': 'y' })
  const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
  t.equal(serviceAccount(folder, {}), undefined)
  t.equal(serviceAccount(join(folder, 'none'), environment), undefined)
  const access = serviceAccount(folder, environment)
  t.same(access?.getCurrentCluster(), { server: 'https://[fd00::1]:443' })
})

const kubeconfig = JSON.stringify({
  clusters: [{ name: 'c', cluster: { server: 'https://named.test' } }],
  users: [{ name: 'u', user: { token: 't' } }],
  contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'x'
})

t.test('$KUBECONFIG comes before the service account', async (t) => {
  const file = join(t.testdir({ kubeconfig }), 'kubeconfig')
  t.intercept(process, 'env', { value: { ...process.env, KUBECONFIG: file } })
  t.match((await ownAccess()).getCurrentCluster(), { server: 'https://named.test' })
})
