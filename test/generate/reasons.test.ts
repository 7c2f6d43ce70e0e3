import t from 'tap'
import { reasonsPage } from '../../generate/reasons.ts'
import { guardReasons, rules } from '../../src/guard/rules/rules.ts'
import { injectReasons } from '../../src/inject/reasons.ts'

const [, inject = '', guard = ''] = reasonsPage().split(/^## /m)

await t.test('the page has a line for every word of inject and of the guard', async (t) => {
  for (const [section, reasons] of [
    [inject, injectReasons],
    [guard, guardReasons]
  ] as const) {
    for (const [word, { meaning }] of Object.entries(reasons)) {
      t.ok(section.includes(`| \`${word}\` | ${meaning} |`), word)
    }
  }
})

await t.test('a word that two rules say means the same in both', async (t) => {
  for (const { reasons } of rules) {
    for (const [word, reason] of Object.entries(reasons)) t.same(reason, guardReasons[word], word)
  }
})
