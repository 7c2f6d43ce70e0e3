import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyPair } from './certificates.ts'

/** How long and how often to ask. */
export interface Patience {
  readonly seconds?: number
  readonly everyMs?: number
  readonly giveUp?: () => boolean
}

/** Asks again until the answer is neither false nor undefined; an error counts as "not yet". */
export const until = async <T>(
  what: string,
  ask: () => Promise<T | false | undefined>,
  { seconds = 30, everyMs = 100, giveUp = () => false }: Patience = {}
): Promise<T> => {
  const end = Date.now() + seconds * 1000
  let last: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== false && answer !== undefined) return answer
    } catch (error) {
      last = error
    }
    if (giveUp()) throw new Error(`no hope left for ${what}`, { cause: last })
    if (Date.now() > end) throw new Error(`${seconds} s without ${what}`, { cause: last })
    await sleep(everyMs)
  }
}

/** Tells whether a health address answers 200. */
export const answers = async (
  address: string,
  tls: Partial<KeyPair> & { readonly ca?: string } = {}
): Promise<boolean> => {
  const request = address.startsWith('https:') ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const sent = request(address, { ...tls, agent: false, timeout: 2000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    sent.once('timeout', () => sent.destroy(new Error(`${address} does not answer`)))
    sent.once('error', reject)
    sent.end()
  })
}
