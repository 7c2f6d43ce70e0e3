import t from 'tap'
import { listAt, stringsAt, textAt, textsAt } from '../../src/kubernetes/fields.ts'
import { statusOf, whenSeen } from '../../src/verify/check.ts'
import { finding, showObject } from '../../src/verify/finding.ts'
import { severityOf, verifyReasons } from '../../src/verify/reasons.ts'

await t.test('a reason has one meaning and one severity', async (t) => {
  const words = verifyReasons.flatMap(({ reasons }) => Object.keys(reasons))
  t.equal(new Set(words).size, words.length)
})

await t.test('how bad a finding is follows from its reason', async (t) => {
  t.equal(severityOf('Missed'), 'error')
  t.equal(severityOf('OptedOut'), 'warning')
  t.equal(severityOf('IstioReinvoked'), 'info')
})

await t.test('the worst finding decides a check, and nothing unseen hides it', async (t) => {
  const at = { kind: 'Pod', namespace: 'a', name: 'b' }
  const found = (reason: Parameters<typeof finding>[0]): ReturnType<typeof finding> =>
    finding(reason, at, '', '')
  const notSeen = [{ resource: 'nodes', verb: 'list', why: '' }]
  const status = (...findings: readonly ReturnType<typeof finding>[]): string =>
    statusOf({ check: 'raw-socket', detail: '', findings, notSeen })
  t.equal(status(found('OptedOut'), found('Missed')), 'failed')
  t.equal(status(found('IstioReinvoked'), found('OptedOut')), 'warning')
  t.equal(status(found('IstioReinvoked')), 'notSeen')
  t.equal(showObject(at), 'Pod a/b')
  t.equal(showObject({ kind: 'Node', name: 'n' }), 'Node n')
})

await t.test('a check of a fact that was not seen says so', async (t) => {
  const notSeen = { resource: 'nodes', verb: 'list', why: 'forbidden' }
  const result = whenSeen('csi-driver', { kind: 'notSeen', notSeen }, () => {
    throw new Error('not to be called')
  })
  t.match(result, { detail: 'unknown', notSeen: [notSeen] })
})

await t.test('fields of another type count as absent', async (t) => {
  t.equal(textAt({ a: 7 }, 'a'), '')
  t.same(listAt({ a: [1, { b: 1 }] }, 'a'), [{ b: 1 }])
  t.same(listAt({ a: 'x' }, 'a'), [])
  t.same(textsAt({ a: ['x', 1] }, 'a'), ['x'])
  t.same(textsAt({}, 'a'), [])
  t.same(stringsAt({ a: { b: 'x', c: 1 } }, 'a'), { b: 'x' })
})
