import t from 'tap'
import { painter, printable, wantsColours } from '../../src/terminal/paint.ts'

t.test('colours are wanted on a terminal that takes them', async (t) => {
  t.equal(wantsColours({ isTTY: true }, {}), true)
  t.equal(wantsColours({ isTTY: true }, { NO_COLOR: '' }), true)
  for (const environment of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    t.equal(wantsColours({ isTTY: true }, environment), false)
  }
  t.equal(wantsColours({}, {}), false)
  t.equal(wantsColours({ isTTY: false }, {}), false)
})

t.test('paint is put on or left out', async (t) => {
  t.equal(painter(true)('red', 'x'), '\u001b[31mx\u001b[39m')
  t.equal(painter(false)('red', 'x'), 'x')
})

t.test('nothing from a manifest steers the terminal', async (t) => {
  t.equal(printable('Pod/web \u00e9 \u{1F600}'), 'Pod/web \u00e9 \u{1F600}')
  t.equal(printable('\u001b[2J\n\u0085\u202E\u{E0041}'), '\\u001b[2J\\u000a\\u0085\\u202e\\ue0041')
})
