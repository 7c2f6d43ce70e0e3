import t from 'tap'
import { makeProgress } from '../../src/commands/progress.ts'

await t.test('progress is one line that is written over, at a terminal alone', async (t) => {
  const wrote = (isTerminal: boolean): string => {
    let text = ''
    const io = {
      err: (more: string) => {
        text += more
      }
    }
    const { show, clear } = makeProgress(io, isTerminal)
    clear()
    show('read 500 pods')
    show('x'.repeat(200))
    clear()
    clear()
    return text
  }
  t.equal(wrote(false), '')
  t.equal(wrote(true), `\r\u001b[Kread 500 pods\r\u001b[K${'x'.repeat(79)}\r\u001b[K`)
})
