import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { makePair, serve, swappedPair } from '../server/serving.ts'
import { one, render } from './helm.ts'
import type { PodSpec } from './shapes.ts'

const hook = one(await render('spiffe-webhook'), 'Pod')
const [container] = (hook.spec as PodSpec).containers
const host = 'spiffe-webhook.spiffe-webhook.svc'

await t.test('helm test runs one pod that may do nothing', async (t) => {
  t.match(hook.metadata.annotations, { 'helm.sh/hook': 'test' })
  t.match(hook.spec, { restartPolicy: 'Never', automountServiceAccountToken: false })
  t.match(container?.securityContext, { readOnlyRootFilesystem: true })
  t.same(container?.command, ['node', '--input-type=module', '--eval'])
})

/** The script of the pod, asked about a server on this machine. */
async function exitCode(port: number, probesPort: number): Promise<number | null> {
  const script = (container?.args?.[0] ?? '')
    .replaceAll(host, 'localhost')
    .replace(':8080/', `:${probesPort}/`)
    .replace('port: 443', `port: ${port}`)
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script])
  const [code] = await once(child, 'exit')
  return code
}

await t.test('it passes on a server that is ready, and fails on one that is not', async (t) => {
  const ready = await serve(t)
  t.equal(await exitCode(ready.port, ready.probesPort), 0)
  const pairs = swappedPair(await makePair(), ['the caBundle does not hold our CA'])
  const waiting = await serve(t, { pairs })
  t.equal(await exitCode(waiting.port, waiting.probesPort), 1)
  t.not(await exitCode(ready.probesPort, ready.probesPort), 0, 'no TLS on the port')
})
