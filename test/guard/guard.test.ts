import t from 'tap'
import { createAdmission } from '../../src/admission/admission.ts'
import { answered } from '../admission/answered.ts'
import { defaultConfig } from '../config/default-config.ts'
import { decisionTable, type Row, tableExemptions } from './decision-table.ts'

const words = { allowed: 'allow', warned: 'warn', refused: 'deny' } as const

const engine = ({ guard }: Row): ReturnType<typeof createAdmission> =>
  createAdmission({
    ...defaultConfig,
    guard: { ...defaultConfig.guard, exemptions: tableExemptions, ...guard }
  })

t.test('every row of the decision table gets its verdict', async (t) => {
  for (const row of decisionTable) {
    await t.test(`${row.id}: ${row.input} -> ${row.verdict} (${row.why})`, async (t) => {
      t.ok(row.reviews.length > 0, 'the row asks something')
      for (const [index, review] of row.reviews.entries()) {
        const outcome = answered(engine(row).guard('enforce', review))
        const { decision } = outcome.record
        const said = decision in words ? words[decision as keyof typeof words] : decision
        t.equal(said, row.verdict, `${index}: ${JSON.stringify(outcome.review.response)}`)
        t.equal(outcome.review.response.allowed, row.verdict !== 'deny')
        if (row.reason !== undefined) t.equal(outcome.record.reason, row.reason)
      }
    })
  }
})

t.test('in warn mode a denial becomes a warning of the same reason', async (t) => {
  for (const row of decisionTable.filter(({ verdict }) => verdict === 'deny')) {
    for (const review of row.reviews) {
      const enforced = answered(engine(row).guard('enforce', review))
      const warned = answered(engine(row).guard('warn', review))
      t.equal(warned.review.response.allowed, true, row.id)
      t.equal(warned.record.reason, enforced.record.reason, row.id)
      t.ok((warned.review.response.warnings ?? []).length > 0, row.id)
    }
  }
})

t.test('no two rows share an id', async (t) => {
  const ids = decisionTable.map(({ id }) => id)
  t.same([...new Set(ids)], ids)
})

t.test('a message stays short however much is found', async (t) => {
  const many = decisionTable.find(({ id }) => id === 'rev-many')
  if (many === undefined) throw new Error('row rev-many is gone')
  const outcome = answered(engine(many).guard('enforce', many.reviews[0]))
  const message = outcome.review.response.status?.message ?? ''
  t.match(message, /and 492 more; if it needs the node itself, [^;]*$/)
  t.ok(message.length < 2000, `${message.length}`)
})
