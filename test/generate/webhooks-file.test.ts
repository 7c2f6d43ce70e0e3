import t from 'tap'
import { parse } from 'yaml'
import { webhooksFile } from '../../generate/webhooks-file.ts'
import { guardEntries } from '../../src/guard/entries.ts'
import { rules } from '../../src/guard/rules/rules.ts'
import { madeUpRule } from './made-up-rule.ts'

const parsed = (text: string): ReturnType<typeof JSON.parse> =>
  parse(text.replaceAll(/\{\{[^}]*\}\}/g, '["x"]'))

await t.test('every entry has its rules and its conditions', async (t) => {
  const { guard, rules: resources, matchConditions } = parsed(webhooksFile())
  t.equal(guard.length, guardEntries.length)
  for (const { name, asked, condition } of guard) {
    t.ok(resources[asked].length > 0, name)
    t.ok(matchConditions[condition][0].expression.length > 0, name)
  }
})

await t.test(
  'a rule that is put on the list is asked about, in pods and in templates',
  async (t) => {
    const before = parsed(webhooksFile()).matchConditions
    const after = parsed(webhooksFile([...rules, madeUpRule])).matchConditions
    const seen = Object.keys(after).filter((key) => after[key][0].expression.includes('glusterfs'))
    t.same(seen, [
      'pods',
      'finalPods',
      'podWarnings',
      'finalPodWarnings',
      'podsWarned',
      'templates',
      'templateWarnings',
      'templatesWarned'
    ])
    t.notMatch(JSON.stringify(before), /glusterfs/)
  }
)
