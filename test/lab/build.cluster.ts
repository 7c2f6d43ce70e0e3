import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { tool } from './toolchain.ts'

const cache = t.testdir({})
const { version } = tool('etcd/etcd')
const binary = join(cache, 'spiffe-webhook', 'tools', `etcd-${version}`, 'etcd')

const script = `
  import { buildTools } from ${JSON.stringify(join(import.meta.dirname, 'build-tools.ts'))}
  await buildTools(['etcd/etcd'], console.log)
`

const build = (): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, SPIFFE_WEBHOOK_CACHE: cache }
  })

await t.test('a build that is killed leaves nothing that looks finished', async (t) => {
  const killed = build()
  await once(killed.stdout, 'data')
  await sleep(500)
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  t.notOk(existsSync(binary))
})

await t.test('two builds at once wait for each other, and one of them builds', async (t) => {
  const outputs = await Promise.all([build(), build()].map(({ stdout }) => text(stdout)))
  const built = outputs.filter((output) => output.includes(`built etcd/etcd ${version}`))
  t.equal(built.length, 1)
  t.match(outputs.join(''), 'waiting for another build')
  t.ok(existsSync(binary))
})

await t.test('what is there is not built again', async (t) => {
  t.equal(await text(build().stdout), '')
})
