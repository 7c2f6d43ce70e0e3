import { spawnSync } from 'node:child_process'
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { scripts } from '../../src/commands/completion/scripts.ts'
import { tool } from '../lab/toolchain.ts'

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
