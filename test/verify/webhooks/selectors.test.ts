import t from 'tap'
import { selects } from '../../../src/verify/webhooks/selectors.ts'

const labels = { team: 'a', tier: 'front' }
const expression = (key: string, operator: string, values: readonly string[] = []): object => ({
  matchExpressions: [{ key, operator, values }]
})

await t.test('labels that a selector selects', async (t) => {
  const good: readonly (readonly [string, unknown])[] = [
    ['no selector', undefined],
    ['an empty selector', {}],
    ['equal labels', { matchLabels: { team: 'a' } }],
    ['In', expression('tier', 'In', ['back', 'front'])],
    ['NotIn with another value', expression('tier', 'NotIn', ['back'])],
    ['NotIn without the label', expression('zone', 'NotIn', ['x'])],
    ['Exists', expression('team', 'Exists')],
    ['DoesNotExist', expression('zone', 'DoesNotExist')]
  ]
  for (const [name, selector] of good) t.ok(selects(selector, labels), name)
})

await t.test('labels that a selector does not select', async (t) => {
  const bad: readonly (readonly [string, unknown])[] = [
    ['another value', { matchLabels: { team: 'b' } }],
    ['one of two', { matchLabels: { team: 'a', zone: 'x' } }],
    ['In with other values', expression('tier', 'In', ['back'])],
    ['In without the label', expression('zone', 'In', ['x'])],
    ['NotIn with the value', expression('tier', 'NotIn', ['front'])],
    ['Exists without the label', expression('zone', 'Exists')],
    ['DoesNotExist with the label', expression('team', 'DoesNotExist')],
    ['an operator that is not known', expression('team', 'Gt', ['1'])]
  ]
  for (const [name, selector] of bad) t.notOk(selects(selector, labels), name)
})
