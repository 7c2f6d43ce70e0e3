import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { createAdmission } from '../../../src/admission/admission.ts'
import { demo, play } from '../../../src/commands/demo/demo.ts'
import type { Ask } from '../../../src/commands/demo/server.ts'
import { exitCodes } from '../../../src/commands/io.ts'
import { answered } from '../../admission/answered.ts'
import { defaultConfig } from '../../config/default-config.ts'
import { runCommand } from '../run-command.ts'

t.test('the demo shows the difference and five refusals through the real server', async (t) => {
  const { code, out, err } = await runCommand(demo, [], { colours: true })
  t.equal(code, exitCodes.clean)
  t.equal(err, '')
  const plain = stripVTControlCharacters(out)
  t.match(out, 'recorded AdmissionReviews stand in for the API server')
  t.match(out, '\u001b[32m+      driver: csi.spiffe.io\u001b[39m')
  t.equal(plain.match(/^refused .*\n {8}HostPathReachesSocket: /gm)?.length, 5)
  t.match(out, '5 of 5 refused.')
  t.match(plain, /^allowed on the Workload API$/m)
  t.match(out, /NotOnWorkloadApi: /)
  t.notMatch((await runCommand(demo, [])).out, '\u001b')
})

const engine = createAdmission(defaultConfig)
const honest: Ask = async (path, body) =>
  answered(
    path === '/inject' ? engine.inject(JSON.parse(body)) : engine.guard('enforce', JSON.parse(body))
  ).review

/** A server that gives another answer to what `path` and `index` name. */
function lying(path: string, index: number, allowed: boolean): Ask {
  const asked = new Map<string, number>()
  return async (at, body) => {
    const nth = asked.get(at) ?? 0
    asked.set(at, nth + 1)
    const review = await honest(at, body)
    return at === path && nth === index
      ? { ...review, response: { uid: review.response.uid, allowed } }
      : review
  }
}

t.test('any answer that is not the expected one fails the demo', async (t) => {
  const story = async (ask: Ask): Promise<readonly [boolean, string]> => {
    const out: string[] = []
    const io = {
      stdin: (async function* () {})(),
      out: (text: string) => out.push(text),
      err: () => undefined,
      colours: false
    }
    return [await play(ask, io), out.join('')]
  }
  t.equal((await story(honest))[0], true)
  for (const index of [0, 1, 2, 3, 4]) {
    const [good, out] = await story(lying('/guard/enforce', index, true))
    t.equal(good, false)
    t.match(out, /ALLOWED[\s\S]*4 of 5 refused\.[\s\S]*Not every answer is the expected one/)
  }
  t.equal((await story(lying('/guard/enforce', 0, false)))[0], false, 'refused without the reason')
  t.equal((await story(lying('/guard/enforce', 5, false)))[0], false, 'the moved pod is refused')
  t.equal((await story(lying('/guard/enforce', 6, true)))[0], false, 'the unmoved pod is allowed')
  t.equal((await story(lying('/inject', 0, true)))[0], false, 'nothing is moved')
  t.equal((await story(lying('/inject', 0, false)))[0], false, 'the pod is refused')
})

t.test('the command line is checked', async (t) => {
  t.equal((await runCommand(demo, ['--fast'])).code, exitCodes.usage)
  t.equal((await runCommand(demo, ['--help'])).out, demo.help)
})
