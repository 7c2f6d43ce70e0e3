import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { ca, serve } from './serving.ts'

const recorded = JSON.parse(
  readFileSync(
    join(import.meta.dirname, '../fixtures/reviews/inject-native-sidecar-1st-call.json'),
    'utf8'
  )
)

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Bytes in use once everything that can be collected is. */
function heapInUse(): number {
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

t.test(
  'the heap after 60,000 reviews is no larger than after 15,000',
  { timeout: 900_000 },
  async (t) => {
    const { port, log } = await serve(t)
    const agent = new Agent({
      ca: ca.cert,
      servername: 'localhost',
      keepAlive: true,
      maxSockets: 16
    })
    t.teardown(() => agent.destroy())
    let sent = 0
    const send = (): Promise<void> => {
      sent += 1
      const pod = { ...recorded.request, uid: `uid-${sent}`, name: `pod-${sent}` }
      const body = JSON.stringify({ ...recorded, request: pod })
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body)
      }
      return new Promise((resolve, reject) => {
        const options = { port, path: '/inject?timeout=10s', method: 'POST', agent, headers }
        const asked = request(options, (response) => {
          if (response.statusCode !== 200) reject(new Error(`HTTP ${response.statusCode}`))
          response.resume().once('end', resolve)
        })
        asked.once('error', reject).end(body)
      })
    }
    const sendUntil = async (count: number): Promise<void> => {
      const caller = async (): Promise<void> => {
        while (sent < count) await send()
      }
      await Promise.all(Array.from({ length: 16 }, caller))
    }
    const inUseAfter = async (count: number): Promise<number> => {
      await sendUntil(count)
      ;(log as unknown[]).length = 0
      await sleep(500)
      return heapInUse()
    }
    const [first, second, last] = [
      await inUseAfter(15_000),
      await inUseAfter(30_000),
      await inUseAfter(60_000)
    ]
    const sizes = [first, second, last]
      .map((bytes) => `${(bytes / 1024).toFixed(0)} KiB`)
      .join(', ')
    // 30 bytes for each of the last 30,000 reviews would be 0.9 MB. The first ones leave what the compilers need, and what they drop later.
    t.ok(last - second < 900_000, sizes)
    t.ok(last - first < 900_000, sizes)
  }
)
