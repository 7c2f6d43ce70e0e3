import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import patches from 'fast-json-patch'
import t from 'tap'
import { parse, stringify } from 'yaml'
import type { InjectConfig } from '../../src/config/config.ts'
import { type InjectDecision, inject } from '../../src/inject/inject.ts'
import { offWorkloadApi } from '../../src/inject/off-workload-api.ts'
import { decodePod, type Pod } from '../../src/kubernetes/pod.ts'
import { defaultConfig } from '../config/default-config.ts'

/*
 * A folder a case: pod.yaml as a user would paste it, config.yaml where the case needs one, and what comes of it:
 * injected.yaml and patch.json, or refused.txt. UPDATE_GOLDEN=1 writes the latter again; read the difference.
 */
const folder = join(import.meta.dirname, '../fixtures/inject')
const update = process.env.UPDATE_GOLDEN === '1'

/** What a case must hold, by file name. */
function expected(pod: Pod, decision: InjectDecision): Readonly<Record<string, string>> {
  if (decision.kind === 'refused')
    return { 'refused.txt': `${decision.reason}: ${decision.message}\n` }
  const after = patches.applyPatch(
    structuredClone(pod),
    structuredClone([...decision.operations]),
    true
  )
  const warnings = decision.warnings.map(({ message }) => `${message}\n`).join('')
  return {
    'injected.yaml': stringify(after.newDocument, { lineWidth: 0 }),
    'patch.json': `${JSON.stringify(decision.operations, null, 2)}\n`,
    ...(warnings === '' ? {} : { 'warnings.txt': warnings })
  }
}

const read = (name: string, file: string): string => readFileSync(join(folder, name, file), 'utf8')
const structure = (file: string, text: string): unknown =>
  file.endsWith('.yaml') ? parse(text) : file.endsWith('.json') ? JSON.parse(text) : text

for (const name of readdirSync(folder)) {
  t.test(name.replaceAll('-', ' '), async (t) => {
    const decoded = decodePod(parse(read(name, 'pod.yaml')))
    if (decoded.kind === 'malformed') throw new Error(decoded.fault)
    const hasConfig = existsSync(join(folder, name, 'config.yaml'))
    const config: InjectConfig = {
      ...defaultConfig.inject,
      ...(hasConfig ? (parse(read(name, 'config.yaml')) as Partial<InjectConfig>) : {})
    }
    const before = structuredClone(decoded.value)
    const decision = inject(decoded.value, config)
    t.same(decoded.value, before, 'the input is not changed')
    const files = expected(decoded.value, decision)
    const given = new Set(['pod.yaml', 'config.yaml'])
    const present = readdirSync(join(folder, name)).filter((file) => !given.has(file))
    if (update) {
      for (const file of present) rmSync(join(folder, name, file))
      mkdirSync(join(folder, name), { recursive: true })
      for (const [file, text] of Object.entries(files))
        writeFileSync(join(folder, name, file), text)
      return
    }
    t.same(present.toSorted(), Object.keys(files).toSorted(), 'no golden is missing, none is extra')
    for (const [file, text] of Object.entries(files)) {
      t.same(structure(file, text), structure(file, read(name, file)), file)
    }
    if (decision.kind === 'refused') return
    const after = decodePod(parse(files['injected.yaml'] ?? ''))
    if (after.kind === 'malformed') throw new Error(after.fault)
    const again = inject(after.value, config)
    t.same(again.kind === 'refused' ? again : again.operations, [], 'twice is once')
    t.same(offWorkloadApi(after.value, config) ?? [], [], 'the final pod is right')
  })
}
