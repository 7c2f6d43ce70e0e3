import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import patches from 'fast-json-patch'
import t from 'tap'
import { parse } from 'yaml'
import { inject } from '../../src/inject/inject.ts'
import type { Operation } from '../../src/kubernetes/operation.ts'
import { decodePod, type Pod } from '../../src/kubernetes/pod.ts'
import { defaultConfig } from '../config/default-config.ts'

const fixtures = join(import.meta.dirname, '../fixtures')
const config = defaultConfig.inject

function recorded(review: string): Pod {
  const { request } = JSON.parse(readFileSync(join(fixtures, 'reviews', review), 'utf8'))
  const decoded = decodePod(request.object)
  if (decoded.kind === 'malformed') throw new Error(decoded.fault)
  return decoded.value
}

function operationsOn(pod: Pod): readonly Operation[] {
  const decision = inject(pod, config)
  if (decision.kind === 'refused') throw new Error(decision.message)
  return decision.operations
}

const apply = (pod: Pod, operations: readonly Operation[]): Pod =>
  patches.applyPatch(structuredClone(pod), structuredClone([...operations]), true).newDocument

const reviews = readdirSync(join(fixtures, 'reviews')).filter((name) => name.startsWith('inject-'))

t.test('what the API server sends a second time needs nothing more', async (t) => {
  for (const kind of ['native', 'classic']) {
    const first = recorded(`inject-${kind}-sidecar-1st-call.json`)
    const second = recorded(`inject-${kind}-sidecar-2nd-call.json`)
    const operations = operationsOn(first)
    t.ok(operations.length > 0, kind)
    t.same(operationsOn(apply(first, operations)), [], `${kind}: the same object`)
    // The second object is the first with more mounts behind those that the operations name.
    t.same(operationsOn(apply(second, operations)), [], `${kind}: with what others added meanwhile`)
  }
})

t.test('an ordinary sidecar takes ten operations at most, any other pod one', async (t) => {
  for (const name of reviews) {
    const operations = operationsOn(recorded(name))
    const most = /no-sidecar|proxyless/.test(name) ? 1 : 10
    t.ok(operations.length > 0 && operations.length <= most, `${name}: ${operations.length}`)
    t.same(operationsOn(apply(recorded(name), operations)), [], name)
  }
})

t.test('every recorded pod has its golden, and is the recorded one', async (t) => {
  for (const name of reviews) {
    const folder = name.replace(/^inject-(.*)\.json$/, 'recorded-$1')
    const golden = readFileSync(join(fixtures, 'inject', folder, 'pod.yaml'), 'utf8')
    t.same(parse(golden), recorded(name), folder)
  }
})
