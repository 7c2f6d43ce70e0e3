import { spawn } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the binary as a process of its own. */
function spiffeWebhook(
  args: readonly string[],
  { input = '', env = {} }: { readonly input?: string; readonly env?: Record<string, string> } = {}
): Promise<Ended> {
  const child = spawn(process.execPath, [join(root, 'src/bin.js'), ...args], {
    cwd: root,
    env: { ...process.env, ...env }
  })
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.err += chunk
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...said })))
}

t.test('a configuration is refused whole, before any port is bound', async (t) => {
  const config = t.testdir({ 'c.yaml': 'server: {port: x}\nguard: {scope: all, typo: 1}\n' })
  const { code, err, out } = await spiffeWebhook(['serve', '--config', join(config, 'c.yaml')])
  t.equal(code, 64)
  t.equal(out, '')
  t.match(err, /c\.yaml: guard\.typo: unknown option/)
  t.match(err, /c\.yaml: guard\.scope: must be one of optedIn, cluster/)
  t.match(err, /c\.yaml: server\.port: must be integer/)
})

t.test('--print-config is a configuration that means the same', async (t) => {
  const { code, out } = await spiffeWebhook(['serve', '--print-config'])
  t.equal(code, 0)
  const file = join(t.testdir({ 'c.yaml': out }), 'c.yaml')
  t.equal((await spiffeWebhook(['serve', '--print-config', '--config', file])).out, out)
})
