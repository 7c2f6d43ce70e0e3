import t from 'tap'
import { execute } from '../lab/execute.ts'

/** A tenth of what `npm run soak` does by default: seven minutes where 250 pods are admitted in a second. */
const admissions = process.env.SOAK_ADMISSIONS ?? '100000'

t.test(`of ${admissions} admissions none is lost`, async (t) => {
  const args = ['run', '--silent', 'soak', '--', '--admissions', admissions]
  const { code, stdout, stderr } = await execute('npm', args, { allowFailure: true })
  t.comment(stdout)
  t.equal(code, 0, stderr)
})
