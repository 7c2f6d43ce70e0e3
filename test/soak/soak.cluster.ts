import t from 'tap'
import { execute } from '../lab/execute.ts'

/** A tenth of what `npm run soak` does by default: seven minutes where 250 pods are admitted in a second. */
const admissions = Number(process.env.SOAK_ADMISSIONS ?? 100_000)

/** Ends before tap does, so that a slow machine says how far it came. */
const minutes = 11

/** What a slow machine must come to by then. */
const least = admissions / 10

t.test(`of up to ${admissions} admissions none is lost`, async (t) => {
  const flags = ['--admissions', String(admissions), '--minutes', String(minutes)]
  const args = ['run', '--silent', 'soak', '--', ...flags]
  const { code, stdout, stderr } = await execute('npm', args, { allowFailure: true })
  t.comment(stdout)
  t.equal(code, 0, stderr)
  const [, admitted, seconds] = /^\| admitted \| (\d+) in (\d+) s/m.exec(stdout) ?? []
  t.ok(Number(admitted) >= least, `${admitted} admitted in ${seconds} s`)
  if (Number(seconds) < minutes * 60) t.ok(Number(admitted) >= admissions, 'ended by their number')
})
