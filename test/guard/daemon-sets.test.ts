import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { parseConfig } from '../../src/config/parse.ts'
import { type GuardDecision, guard } from '../../src/guard/guard.ts'
import { type GuardModel, guardModel } from '../../src/guard/guard-model.ts'
import { cureSentence } from '../../src/guard/sentences.ts'
import { modelOf } from './models.ts'

const folder = join(import.meta.dirname, '../fixtures/daemon-sets')

interface DaemonSet {
  readonly metadata: { readonly name: string; readonly namespace: string }
}

const daemonSets = globSync(`${folder}/*.yaml`)
  .toSorted()
  .flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')))
  .map((document): DaemonSet => document.toJS())

function judge(object: DaemonSet, model: GuardModel): GuardDecision {
  const { namespace } = object.metadata
  const about = { group: 'apps', kind: 'DaemonSet', subResource: '', operation: 'CREATE' } as const
  const who = { namespace, username: '', groups: [] }
  return guard({ ...about, ...who, object, oldObject: null }, 'enforce-host-paths', model)
}

const words = { allow: 'clean', warn: 'warned', deny: 'refused' } as const

function row(object: DaemonSet, { verdict, findings }: GuardDecision): string {
  const reasons = (wanted: 'deny' | 'warn'): string => {
    const said = findings.filter((finding) => finding.verdict === wanted)
    return [...new Set(said.map(({ reason }) => reason))].join(', ') || '–'
  }
  return `| ${object.metadata.name} | ${words[verdict]} | ${reasons('deny')} | ${reasons('warn')} |`
}

t.test('each gets the answer of the table beside them', async (t) => {
  const table = readFileSync(join(folder, 'README.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| [a-z]/.test(line))
  const rows = daemonSets.map((object) => row(object, judge(object, modelOf())))
  t.ok(daemonSets.length >= 50)
  t.same(
    rows.toSorted(),
    table
      .filter((line) => line !== '| DaemonSet | answer | refused for | warned about |')
      .toSorted()
  )
})

t.test('every refusal carries the exemption that cures it, ready to paste', async (t) => {
  for (const object of daemonSets) {
    const { verdict, findings } = judge(object, modelOf())
    if (verdict !== 'deny') continue
    const [first] = findings
    const [, pasted = ''] = /guard\.exemptions: (\{.*\})/.exec(
      first?.cure === undefined ? '' : cureSentence(first.cure)
    ) ?? ['', '']
    const parsed = parseConfig({ guard: { exemptions: [JSON.parse(pasted)] } })
    if ('errors' in parsed) throw new Error(parsed.errors.join('\n'))
    const cured = judge(object, guardModel(parsed.config))
    t.not(cured.verdict, 'deny', object.metadata.name)
    const elsewhere = { ...object, metadata: { ...object.metadata, namespace: 'elsewhere' } }
    t.equal(judge(elsewhere, guardModel(parsed.config)).verdict, 'deny', 'and no other namespace')
  }
})

t.test('under nodePrivileges deny the exemption covers the privileges too', async (t) => {
  for (const object of daemonSets) {
    const { verdict, findings } = judge(object, modelOf({ nodePrivileges: 'deny' }))
    if (verdict !== 'deny') continue
    const exemption = findings[0]?.cure?.exemption
    if (exemption === undefined) throw new Error(`${object.metadata.name} has no cure`)
    const cured = judge(object, modelOf({ nodePrivileges: 'deny', exemptions: [exemption] }))
    t.not(cured.verdict, 'deny', object.metadata.name)
  }
})
