import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCa, makeLeaf } from '../../src/certificates/self-signed.ts'
import { withParent } from '../lab/execute.ts'
import { freePort } from '../lab/ports.ts'
import { answers, until } from '../lab/until.ts'
import { kubeConfigOf, type StandIn } from './stand-in-api-server.ts'

const root = join(import.meta.dirname, '../..')

/** The arguments with which the image runs Node (release/image.ts), on the bundle of `npm run build`. */
export const production: readonly string[] = [
  '--max-semi-space-size=2',
  join(root, 'dist/spiffe-webhook.mjs')
]

/** A server under measurement: a process of its own on core 1. */
export interface Measured {
  readonly name: string
  readonly url: string
  /** Milliseconds from its start until /readyz answers 200. */
  readonly readyAfter: number
  /** Resident memory in MiB, the highest so far (VmHWM). */
  readonly peakMemory: () => number
  readonly stop: () => Promise<void>
}

interface Server {
  readonly name: string
  readonly url: string
  readonly args: readonly string[]
  readonly ready: () => Promise<boolean>
  readonly env?: NodeJS.ProcessEnv
}

/** Starts the product's bundle as production runs it: mode selfSigned, the Kubernetes client loaded. */
export async function startWebhook(directory: string, standIn: StandIn): Promise<Measured> {
  const [port, probesPort] = [await freePort(), await freePort()]
  const server = { host: '127.0.0.1', port, probesPort, drainDelay: 0 }
  const [config, kubeConfig] = [join(directory, 'config.json'), join(directory, 'kubeconfig')]
  writeFileSync(config, JSON.stringify({ server }))
  writeFileSync(kubeConfig, kubeConfigOf(standIn))
  return start({
    name: 'spiffe-webhook',
    url: `https://127.0.0.1:${port}/inject`,
    args: [...production, 'serve', '--config', config],
    env: { KUBECONFIG: kubeConfig, MALLOC_ARENA_MAX: '1' }, // as the image has it
    ready: () => answers(`http://127.0.0.1:${probesPort}/readyz`)
  })
}

/** Starts the limit. */
export async function startLimit(directory: string): Promise<Measured> {
  const host = '127.0.0.1'
  const { args, port, ready } = await bareFastify(directory, { host, name: host })
  return start({ name: 'bare Fastify', url: `https://${host}:${port}/limit`, args, ready })
}

/** Where a bare Fastify listens, and the name under which it is called. */
export interface Place {
  readonly host: string
  readonly name: string
}

/** A bare Fastify that can be started, with a fresh key pair in the folder. */
export interface BareFastify {
  readonly args: readonly string[]
  readonly port: number
  readonly ca: string
  readonly ready: () => Promise<boolean>
}

/** Prepares a bare Fastify. */
export async function bareFastify(directory: string, { host, name }: Place): Promise<BareFastify> {
  const validity = { now: Date.now(), lifetime: 86_400 }
  const ca = await makeCa(validity)
  const pair = await makeLeaf(ca, [...new Set([host, name])], validity)
  writeFileSync(join(directory, 'tls.crt'), pair.cert)
  writeFileSync(join(directory, 'tls.key'), pair.key)
  const port = await freePort()
  return {
    args: [join(import.meta.dirname, 'bare-fastify.ts'), directory, host, String(port)],
    port,
    ca: ca.cert,
    ready: () => answers(`https://${host}:${port}/readyz`, { ca: ca.cert })
  }
}

async function start({ name, url, args, ready, env = {} }: Server): Promise<Measured> {
  const [wrapper, ...rest] = withParent
  const began = Date.now()
  const child = spawn(wrapper, [...rest, 'taskset', '-c', '1', process.execPath, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit']
  })
  await until(`${name} being ready`, ready, { everyMs: 10, giveUp: () => child.exitCode !== null })
  return {
    name,
    url,
    readyAfter: Date.now() - began,
    peakMemory: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024
    },
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        // False where it has ended already.
        if (!child.kill('SIGTERM')) resolve()
      })
  }
}
