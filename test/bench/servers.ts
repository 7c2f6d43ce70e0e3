import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeCa, makeLeaf } from '../../src/certificates/self-signed.ts'

const root = join(import.meta.dirname, '../..')

/** A server under measurement: a process of its own on core 1, where there is one. */
export interface Measured {
  readonly name: string
  readonly port: number
  /** Milliseconds from its start until it listens. */
  readonly startedAfter: number
  /** Resident memory in MiB, the highest so far (VmHWM). */
  readonly peakMemory: () => number
  readonly stop: () => Promise<void>
}

/** A folder with a fresh serving pair and the webhook's configuration for it. */
export interface BenchFolder {
  readonly directory: string
  readonly remove: () => void
}

/** Makes the folder; nothing of it outlives the run. */
export async function benchFolder(): Promise<BenchFolder> {
  const directory = mkdtempSync(join(tmpdir(), 'spiffe-webhook-bench-'))
  const validity = { now: Date.now(), lifetime: 3600 }
  const pair = await makeLeaf(await makeCa(validity), ['localhost'], validity)
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'tls.crt'), pair.cert)
  writeFileSync(join(directory, 'tls.key'), pair.key)
  return { directory, remove: () => rmSync(directory, { recursive: true }) }
}

/** Starts the product's bundle as production runs it. */
export async function startWebhook({ directory }: BenchFolder): Promise<Measured> {
  const port = await freePort()
  const config = join(directory, 'config.json')
  const server = { host: '127.0.0.1', port, probesPort: await freePort(), drainDelay: 0 }
  writeFileSync(config, JSON.stringify({ certificates: { mode: 'files', directory }, server }))
  const bundle = join(root, 'dist/spiffe-webhook.mjs')
  return start('spiffe-webhook', port, [
    '--max-semi-space-size=2',
    bundle,
    'serve',
    '--config',
    config
  ])
}

/** Starts the bare Fastify. */
export async function startLimit({ directory }: BenchFolder): Promise<Measured> {
  const port = await freePort()
  return start('bare Fastify', port, [join(root, 'test/bench/limit.ts'), directory, String(port)])
}

async function start(name: string, port: number, args: readonly string[]): Promise<Measured> {
  const began = Date.now()
  const child = spawn('taskset', ['-c', '1', process.execPath, ...args], {
    stdio: ['ignore', 'ignore', 'inherit']
  })
  await listening(port, child)
  return {
    name,
    port,
    startedAfter: Date.now() - began,
    peakMemory: () => peakMemory(child),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.kill('SIGTERM')
      })
  }
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (isUp) return
    await sleep(10)
  }
  throw new Error('the server did not listen within ten seconds')
}

function peakMemory({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
