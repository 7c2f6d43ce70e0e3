import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { until } from './until.ts'

/** Every process whose command line names a cluster's folder. */
const programsOf = (folder: string): string[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)
      } catch {
        return false
      }
    })

interface Run {
  readonly pid: number
  readonly folder: string
  readonly ended: Promise<unknown>
}

/** Starts `up.ts` below a second Node process, as npm and tap do, and waits for its kubeconfig. */
const up = async (above: boolean): Promise<Run> => {
  const script = join(import.meta.dirname, 'up.ts')
  const direct = [script, '--no-istio']
  const nested = [
    '-e',
    `require('node:child_process').spawnSync(process.execPath, ${JSON.stringify(direct)}, { stdio: 'inherit' })`
  ]
  const child = spawn(process.execPath, above ? nested : direct, {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  for await (const line of createInterface(child.stdout)) {
    const [, folder] = /KUBECONFIG=(.*)\/admin.kubeconfig/.exec(line) ?? []
    if (folder !== undefined) return { pid: child.pid ?? 0, folder, ended }
  }
  throw new Error('the cluster did not come up')
}

const cables = (): string[] => Object.keys(networkInterfaces()).filter((name) => /^swh/.test(name))

const before = cables()

const nothingLeft = async (folder: string): Promise<void> => {
  await until('the last program to end', async () => programsOf(folder).length === 0)
  await until('the cable to go', async () => cables().every((name) => before.includes(name)))
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
  await t.test(`${signal} leaves no process and no cable behind`, async (t) => {
    const { pid, folder, ended } = await up(false)
    t.equal(programsOf(folder).length, 5, 'etcd, three programs of Kubernetes, the webhook')
    process.kill(pid, signal)
    await ended
    await nothingLeft(folder)
  })
}

await t.test('killing what runs the harness leaves no process and no cable behind', async (t) => {
  const { pid, folder } = await up(true)
  t.equal(programsOf(folder).length, 5, 'etcd, three programs of Kubernetes, the webhook')
  process.kill(pid, 'SIGKILL')
  await sleep(100)
  await nothingLeft(folder)
})
