import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { complete } from '../../../src/commands/completion/complete.ts'
import { standIn } from '../../cluster/stand-in-api.ts'
import { runCommand } from '../run-command.ts'

const offered = async (...words: readonly string[]): Promise<readonly string[]> => {
  const { out } = await runCommand({ flags: {}, help: '', run: complete }, words)
  return out
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '')
}

await t.test('namespaces of the cluster that the line names', async (t) => {
  const items = ['late', 'sock-shop', 'shop'].map((name) => ({ metadata: { name } }))
  const { kubeconfig, asked } = await standIn(t, { get: () => ({ status: 200, body: { items } }) })
  const file = ['--kubeconfig', kubeconfig]
  t.same(await offered('verify', ...file, '-n', ''), ['late', 'sock-shop', 'shop', ':4'])
  t.same(await offered('verify', ...file, '--namespace', 'sh'), ['shop', ':4'])
  t.same(await offered('plan', `--kubeconfig=${kubeconfig}`, '--label=so'), [
    '--label=sock-shop',
    ':4'
  ])
  t.ok(asked.every((request) => request.startsWith('GET ')))
})

await t.test('a cluster that does not answer offers nothing, and soon', async (t) => {
  const { kubeconfig } = await standIn(t, { get: () => ({ status: 403, body: { message: 'no' } }) })
  t.same(await offered('verify', '--kubeconfig', kubeconfig, '-n', ''), [':4'])
  const gone = await standIn(t, { get: () => 'hangUp' })
  t.same(await offered('verify', '--kubeconfig', gone.kubeconfig, '-n', ''), [':4'])
  t.same(await offered('verify', '--kubeconfig', '/nowhere', '-n', ''), [':4'])
})

await t.test(
  'nobody who pressed tab waits for a second try, or for an answer in pieces',
  async (t) => {
    const busy = await standIn(t, { get: () => ({ status: 503, body: {} }) })
    t.same(await offered('verify', '--kubeconfig', busy.kubeconfig, '-n', ''), [':4'])
    t.equal(busy.asked.length, 1)

    const server = createServer((_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write(' '), 200)
      response.on('close', () => clearInterval(timer))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const file = join(t.testdir({}), 'config')
    const text = readFileSync(busy.kubeconfig, 'utf8').replace(
      /127\.0\.0\.1:\d+/,
      `127.0.0.1:${port}`
    )
    writeFileSync(file, text)
    const start = performance.now()
    t.same(await offered('verify', '--kubeconfig', file, '-n', ''), [':4'])
    t.ok(performance.now() - start < 4000)
  }
)

await t.test('contexts of the kubeconfig, also where none is current', async (t) => {
  const file = join(t.testdir({}), 'config')
  const clusters = "clusters: [{name: a, cluster: {server: 'https://a'}}]"
  const contexts =
    'contexts: [{name: two, context: {cluster: a, user: u}}, {name: one, context: {cluster: a, user: u}}]'
  const lines = [clusters, contexts, 'users: [{name: u, user: {token: t}}]']
  writeFileSync(file, lines.join('\n'))
  t.same(await offered('verify', '--kubeconfig', file, '--context', ''), ['one', 'two', ':4'])
  t.same(await offered('plan', '--kubeconfig', file, '--context=t'), ['--context=two', ':4'])
  t.same(await offered('plan', '--kubeconfig', '/nowhere', '--context', ''), [':4'])
})
