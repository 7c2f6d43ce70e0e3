import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { environment, flags, heapLimit } from '../../release/node-settings.ts'
import { makeCa, makeLeaf } from '../../src/certificates/self-signed.ts'
import { withParent } from '../lab/execute.ts'
import { inPod } from '../lab/in-pod.ts'
import { freePort } from '../lab/ports.ts'
import { answers, until } from '../lab/until.ts'
import type { PartName } from './bisect-parts.ts'
import type { StandIn } from './stand-in-api-server.ts'

const root = join(import.meta.dirname, '../..')

/** The arguments with which image and chart run Node (release/node-settings.ts), on the bundle of `npm run build`. */
export const production: readonly string[] = [
  ...flags,
  heapLimit,
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
  /** Milliseconds of CPU time so far, user and system, of all threads. */
  readonly cpu: () => number
  readonly stop: () => Promise<void>
}

interface Server {
  readonly name: string
  readonly url: string
  readonly args: readonly string[]
  readonly ready: () => Promise<boolean>
  readonly env?: NodeJS.ProcessEnv
  /** A command that ends by running the rest. */
  readonly behind?: readonly string[]
  /** Its log goes into a pipe that somebody reads, not to /dev/null. */
  readonly piped?: boolean
}

/** How the webhook is started. */
export interface WebhookOptions {
  readonly piped?: boolean
  /** What Node is told to run. */
  readonly program?: readonly string[]
}

/** Starts the product's bundle as production runs it: mode selfSigned, with the service account of a pod. */
export async function startWebhook(
  directory: string,
  standIn: StandIn,
  { piped = false, program = production }: WebhookOptions = {}
): Promise<Measured> {
  const [port, probesPort] = [await freePort(), await freePort()]
  const server = { host: '127.0.0.1', port, probesPort, drainDelay: 0 }
  const config = join(directory, `${port}.json`)
  writeFileSync(config, JSON.stringify({ server }))
  const pod = inPod(directory, { server: standIn.url, token: 'none', ca: standIn.ca })
  return start({
    name: piped ? 'spiffe-webhook, log to a pipe' : 'spiffe-webhook',
    piped,
    url: `https://127.0.0.1:${port}/inject`,
    args: [...program, 'serve', '--config', config],
    behind: pod.command,
    env: { ...environment, ...pod.env },
    ready: () => answers(`http://127.0.0.1:${probesPort}/readyz`)
  })
}

/** Starts the limit. */
export async function startLimit(directory: string): Promise<Measured> {
  const host = '127.0.0.1'
  const { args, port, ready } = await bareFastify(directory, { host, name: host })
  return start({ name: 'bare Fastify', url: `https://${host}:${port}/limit`, args, ready })
}

/** Starts our server up to one of its parts. */
export async function startPart(directory: string, part: PartName): Promise<Measured> {
  const [host, port] = ['127.0.0.1', await freePort()]
  const { ca } = readTls(directory)
  return start({
    name: part,
    url: `https://${host}:${port}/inject`,
    args: [join(import.meta.dirname, 'bisect-server.ts'), part, directory, host, String(port)],
    ready: () => answers(`https://${host}:${port}/readyz`, { ca })
  })
}

/** Starts a bare Node, without Fastify, with TLS or without. */
export async function startNode(directory: string, scheme: 'http' | 'https'): Promise<Measured> {
  const port = await freePort()
  const url = `${scheme}://127.0.0.1:${port}/`
  return start({
    name: `bare node:${scheme}`,
    url,
    args: [join(import.meta.dirname, 'bare-node.ts'), scheme, directory, String(port)],
    ready: () => answers(url, scheme === 'http' ? {} : readTls(directory))
  })
}

const readTls = (directory: string): { readonly ca: string } => ({
  ca: readFileSync(join(directory, 'ca.crt'), 'utf8')
})

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
  writeFileSync(join(directory, 'ca.crt'), ca.cert)
  const port = await freePort()
  return {
    args: [join(import.meta.dirname, 'bare-fastify.ts'), directory, host, String(port)],
    port,
    ca: ca.cert,
    ready: () => answers(`https://${host}:${port}/readyz`, { ca: ca.cert })
  }
}

/**
 * Milliseconds of CPU time that a process has taken so far, user and system, of all its present threads: to the nanosecond,
 * as an idle server takes less than what proc_pid_stat(5) counts in (kernel Documentation/scheduler/sched-stats).
 */
export const cpuOf = (pid: number) => (): number => {
  const threads = `/proc/${pid}/task`
  const spent = readdirSync(threads).map((thread) =>
    Number(readFileSync(`${threads}/${thread}/schedstat`, 'utf8').split(' ')[0])
  )
  return spent.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6
}

async function start({
  name,
  url,
  args,
  ready,
  env = {},
  behind = [],
  piped = false
}: Server): Promise<Measured> {
  const began = Date.now()
  // withParent comes last: a change of users would undo it.
  const command = [...behind, ...withParent, 'taskset', '-c', '1', process.execPath, ...args]
  const child = spawn(command[0] ?? '', command.slice(1), {
    env: { ...process.env, ...env },
    stdio: ['ignore', piped ? 'pipe' : 'ignore', 'inherit']
  })
  child.stdout?.resume()
  await until(`${name} being ready`, ready, { everyMs: 10, giveUp: () => child.exitCode !== null })
  return {
    name,
    url,
    readyAfter: Date.now() - began,
    peakMemory: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024
    },
    cpu: cpuOf(child.pid ?? 0),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        // False where it has ended already.
        if (!child.kill('SIGTERM')) resolve()
      })
  }
}
