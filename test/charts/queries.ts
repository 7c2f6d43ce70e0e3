import { get } from 'node:http'

/** One series of an answer, with its points as [seconds, value]. */
export interface Answer {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (readonly [number, string])[]
}

/** Asks a Prometheus over its HTTP API for a range, and answers the series; an error of Prometheus is thrown. */
export async function queryRange(
  server: string,
  expr: string,
  { from, to, step }: { readonly from: number; readonly to: number; readonly step: number }
): Promise<readonly Answer[]> {
  const asked = new URLSearchParams({
    query: expr,
    start: String(from),
    end: String(to),
    step: String(step)
  })
  const said = JSON.parse(await body(`${server}/api/v1/query_range?${asked}`))
  if (said.status !== 'success') throw new Error(`${expr}: ${said.error}`)
  return said.data.result
}

/** The text at an address. */
export function body(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(address, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks).toString()))
    }).on('error', reject)
  })
}
