/**
 * Entry of `npm run bench:verify`: CPU time and memory of `verify -o json` for 100 pods to 20,000, all of them missed. The
 * API server is a stand-in that knows a namespace and its pods, in pages as they are asked for, and nothing else.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment } from '../../release/node-settings.ts'
import { atMost, judge } from './figure.ts'
import { measure } from './measured-process.ts'
import { injectedPod } from './recorded-pods.ts'
import { production } from './servers.ts'
import { kubeConfigOf } from './stand-in-api-server.ts'

const namespace = 'shop'
const namespaces = [
  { metadata: { name: namespace, labels: { 'spiffe-webhook/injection': 'enabled' } } }
]

function pod(index: number): object {
  const metadata = { ...injectedPod.metadata, name: `app-${index}`, namespace }
  return { metadata, spec: injectedPod.spec, status: { phase: 'Running' } }
}

/** A page of so many pods, and where the next one starts. */
function page(url: URL, pods: number): object {
  const from = Number(url.searchParams.get('continue') ?? 0)
  const to = Math.min(pods, from + Number(url.searchParams.get('limit') ?? pods))
  const items = Array.from({ length: to - from }, (_, index) => pod(from + index))
  return { kind: 'PodList', metadata: to < pods ? { continue: String(to) } : {}, items }
}

interface StandIn {
  readonly url: string
  readonly pages: () => number
  readonly close: () => void
}

async function start(pods: number): Promise<StandIn> {
  let pages = 0
  const server = createServer(({ url: asked = '' }, response) => {
    const url = new URL(asked, 'http://stand-in')
    const isPods = url.pathname === '/api/v1/pods'
    if (isPods) pages += 1
    const found = isPods
      ? page(url, pods)
      : url.pathname === '/api/v1/namespaces' && { kind: 'NamespaceList', items: namespaces }
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found || { kind: 'Status', code: 404 }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return {
    url: `http://127.0.0.1:${address.port}`,
    pages: () => pages,
    close: () => server.closeAllConnections() ?? server.close()
  }
}

const folder = mkdtempSync(join(tmpdir(), 'bench-verify-'))
const peaks: number[] = []
console.log('| pods | pages | CPU s | peak MiB |\n| --- | --- | --- | --- |')
for (const pods of [100, 1000, 5000, 20_000]) {
  const standIn = await start(pods)
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, kubeConfigOf(standIn))
  const { cpuSeconds, peakMiB, output } = await measure(
    process.execPath,
    [...production, 'verify', '-o', 'json'],
    { env: { ...environment, KUBECONFIG: kubeconfig } }
  )
  standIn.close()
  const missed = JSON.parse(output).pods[0]?.missed
  if (missed !== pods) throw new Error(`${missed} of ${pods} pods are missed`)
  peaks.push(peakMiB)
  console.log(`| ${pods} | ${standIn.pages()} | ${cpuSeconds.toFixed(1)} | ${peakMiB.toFixed(0)} |`)
}
rmSync(folder, { recursive: true })
// What the chart's CronJob gets.
judge([atMost('MiB of memory at 20,000 pods', peaks.at(-1) ?? 0, 512)])
