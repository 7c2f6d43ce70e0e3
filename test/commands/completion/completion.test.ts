import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { completion } from '../../../src/commands/completion/completion.ts'
import { runCommand } from '../run-command.ts'

const root = join(import.meta.dirname, '../../..')

t.test('a script for each shell, and a word on any other', async (t) => {
  for (const shell of ['bash', 'zsh', 'fish', 'kubectl']) {
    const { code, out } = await runCommand(completion, [shell])
    t.equal(code, 0)
    t.match(out, /__complete/, shell)
  }
  t.match(await runCommand(completion, ['bsh']), {
    code: 64,
    err: /"bsh": must be one of bash, zsh, fish, kubectl: did you mean "bash"\?/
  })
  t.match(await runCommand(completion, []), { code: 64, err: /name a shell/ })
  t.match(await runCommand(completion, ['bash', 'x']), {
    code: 64,
    err: /"bash x": must be one of/
  })
  t.match(await runCommand(completion, ['--help']), { code: 0, out: /^Usage: .* completion bash/ })
})

t.test('the real bash completes with it', async (t) => {
  const { out } = await runCommand(completion, ['bash'])
  const folder = t.testdir({})
  const program = join(folder, 'spiffe-webhook')
  writeFileSync(
    program,
    `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'src/bin.js')}" "$@"\n`
  )
  chmodSync(program, 0o755)
  const completed = (...words: readonly string[]): readonly string[] => {
    const line = words.map((word) => `'${word}'`).join(' ')
    const script = `${out}\nCOMP_WORDS=(spiffe-webhook ${line}); COMP_CWORD=${words.length}; _spiffe_webhook; printf '%s\n' "\${COMPREPLY[@]}"`
    const { stdout, status } = spawnSync('bash', ['--norc', '-c', script], {
      encoding: 'utf8',
      env: { PATH: `${folder}:${process.env.PATH}` }
    })
    t.equal(status, 0)
    return stdout.split('\n').filter(Boolean)
  }
  t.same(completed('verify', '--rot'), ['--rotation'])
  t.same(completed('inject', '-o', ''), ['yaml', 'json', 'patch', 'diff'])
  t.same(completed('pol'), ['policy'])
  t.same(completed('check', '--scope', '=', 'o'), ['optedIn'])
})
