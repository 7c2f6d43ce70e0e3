import t from 'tap'
import { type Failure, growth, type Incident, outcomeOf } from './outcome.ts'

const incidents: readonly Incident[] = [
  { what: 'killed', from: 1000, to: 1600 },
  { what: 'restarted', from: 5000, to: 9000 }
]
const unreached = 'failed calling webhook "inject": connection refused'
const failure = (change: Partial<Failure>): Failure => ({
  began: 1100,
  ended: 1110,
  code: 500,
  message: unreached,
  ...change
})

t.test(
  'a webhook that is not reached is explained while a dead replica is an endpoint',
  async (t) => {
    t.equal(outcomeOf(failure({}), incidents), 'refused')
    t.equal(outcomeOf(failure({ began: 900, ended: 1001 }), incidents), 'refused')
    t.equal(outcomeOf(failure({ began: 900, ended: 990 }), incidents), 'lost')
    t.equal(outcomeOf(failure({ began: 2200, ended: 2300 }), incidents), 'lost')
  }
)

t.test('nothing else is explained by a killed replica', async (t) => {
  t.equal(outcomeOf(failure({ code: 403, message: 'denied the request' }), incidents), 'lost')
  t.equal(outcomeOf(failure({ code: 0, message: 'ECONNRESET' }), incidents), 'lost')
})

t.test('an API server that is being restarted explains everything', async (t) => {
  const broken = failure({ began: 4900, ended: 5100, code: 0, message: 'ECONNRESET' })
  t.equal(outcomeOf(broken, incidents), 'away')
  t.equal(outcomeOf({ ...broken, began: 9600, ended: 9700 }, incidents), 'lost')
})

t.test('growth is measured from the second quarter to the last', async (t) => {
  const samples = [50, 60, 80, 90, 100, 90, 80, 160].map((resident, minute) => ({
    minute,
    admitted: 0,
    resident,
    heap: 1
  }))
  t.equal(growth(samples, 'resident'), 1)
  t.equal(growth(samples.slice(0, 3), 'resident'), 1)
  t.equal(growth(samples.with(6, { ...samples[7], resident: 120 } as never), 'resident'), 1.5)
})
