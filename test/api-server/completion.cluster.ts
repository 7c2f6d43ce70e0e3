import { spawnSync } from 'node:child_process'
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { scripts } from '../../src/commands/completion/scripts.ts'
import { tool } from '../lab/toolchain.ts'

t.setTimeout(300_000)

t.test('kubectl completes the plugin by its own protocol', async (t) => {
  const folder = t.testdir({})
  const program = (name: string, text: string): void => {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), 0o755)
  }
  const bin = join(import.meta.dirname, '../../src/bin.js')
  program('kubectl-spiffe_webhook', `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`)
  program('kubectl_complete-spiffe_webhook', scripts.kubectl ?? '')
  const kubectl = join(folder, 'kubectl')
  symlinkSync(tool('kubernetes/kubectl').binary, kubectl)
  const completed = (...words: readonly string[]): string =>
    spawnSync(kubectl, ['__complete', 'spiffe-webhook', ...words], {
      encoding: 'utf8',
      env: { PATH: `${folder}:${process.env.PATH}`, HOME: folder }
    }).stdout
  t.match(completed('verify', '--rot'), /^--rotation\twait up to .*\n:4\n$/)
  t.match(completed('pol'), /^policy\t.*\n:4\n$/)
  t.equal(completed('verify', '--kubeconfig', ''), ':0\n')
})

/** A folder with the program by its own name, and the script of a shell. */
function prepared(t: Test, shell: string): string {
  const folder = t.testdir({ script: scripts[shell] ?? '' })
  const bin = join(import.meta.dirname, '../../src/bin.js')
  writeFileSync(
    join(folder, 'spiffe-webhook'),
    `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`
  )
  chmodSync(join(folder, 'spiffe-webhook'), 0o755)
  return folder
}

/** Runs a shell with the program in its path; a shell that is missing is a fault, not a skip. */
function inShell(folder: string, shell: string, args: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(shell, args, {
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: `${folder}:${process.env.PATH}`, HOME: folder, TERM: 'dumb' }
  })
  if (error !== undefined) throw new Error(`${shell}: apt-get install ${shell}`, { cause: error })
  return `${stdout}${stderr}`
}

t.test('the real fish completes with its script', async (t) => {
  const folder = prepared(t, 'fish')
  const completed = (line: string): readonly string[] =>
    inShell(folder, 'fish', [
      '--no-config',
      '-c',
      `cd ${folder}; source script; complete -C ${JSON.stringify(line)}`
    ])
      .trim()
      .split('\n')
      .map((one) => one.split('\t')[0] ?? '')
  t.same(completed('spiffe-webhook verify --rot'), ['--rotation'])
  t.same(completed('spiffe-webhook inject -o ').toSorted(), ['diff', 'json', 'patch', 'yaml'])
  t.same(completed('spiffe-webhook pol'), ['policy'])
  t.same(completed('spiffe-webhook verify --kubeconfig scr'), ['script'])
})

/** Types a line and a tab into an interactive zsh, and answers what stands on it as soon as it holds the pattern. */
const typeAndTab = `
zmodload zsh/zpty
zpty z 'zsh -f -i'
zpty -w z "unsetopt prompt_cr prompt_sp; autoload -U compinit; compinit -u -D; cd $1; source ./script; PS1='REA''DY> '"
zpty -r -m z before '*READY> *'
zpty -w -n z "$2"$'\\t'
zpty -r -m z after "*$3*"
print -r -- "$after"
zpty -d z
`

t.test('the real zsh completes with its script', async (t) => {
  const folder = prepared(t, 'zsh')
  const cases = [
    ['spiffe-webhook verify --rot', 'ation'],
    ['spiffe-webhook pol', 'icy'],
    ['spiffe-webhook inject -o y', 'aml'],
    ['spiffe-webhook verify --kubeconfig scr', 'ipt']
  ]
  for (const [line = '', rest = ''] of cases) {
    const out = inShell(folder, 'zsh', ['-f', '-c', typeAndTab, 'zsh', folder, line, rest])
    t.match(out.replaceAll('\u0000', ''), rest, line)
  }
})
