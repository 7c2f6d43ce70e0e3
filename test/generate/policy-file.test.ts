import t from 'tap'
import { parse } from 'yaml'
import { policyFile } from '../../generate/policy-file.ts'

const text = policyFile()

await t.test(
  'template expressions stand only in blocks, so that any list may take their place',
  async (t) => {
    const expressions = text.match(/\{\{[^}]*\}\}/g) ?? []
    t.ok(expressions.length > 5)
    for (const line of text.split('\n')) {
      t.notMatch(line, /^\s*(- )?\w+: .*\{\{/, line)
    }
    const filled = parse(text.replaceAll(/\{\{[^}]*\}\}/g, '["it\'s: {a} # b"]'))
    t.ok(
      filled.variables.every(
        ({ expression }: { expression: unknown }) => typeof expression === 'string'
      )
    )
  }
)

await t.test(
  'it holds the conditions, variables and the validation, and nothing that the chart decides',
  async (t) => {
    const { matchConditions, variables, validations, ...rest } = parse(text)
    t.same(rest, {})
    t.equal(matchConditions.length, 1)
    t.match(variables.at(-1), { name: 'refused' })
    t.match(validations, [{ expression: 'size(variables.refused) == 0', reason: 'Forbidden' }])
  }
)
