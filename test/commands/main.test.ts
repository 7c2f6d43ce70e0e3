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

const pod = (path: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { volumes: [{ name: 'v', hostPath: { path } }] }
  })

t.test('the exit code is the contract', async (t) => {
  t.equal((await spiffeWebhook(['check', '-f', '-'], { input: pod('/data') })).code, 0)
  t.equal((await spiffeWebhook(['check', '-f', '-'], { input: pod('/run') })).code, 1)
  t.equal((await spiffeWebhook(['check'])).code, 64)
})

t.test('help, version, and what is no command', async (t) => {
  const help = await spiffeWebhook(['--help'])
  t.match(help, { code: 0, err: '' })
  for (const name of ['serve', 'inject', 'check', 'verify', 'policy', 'demo']) {
    t.match(help.out, new RegExp(`^  ${name} `, 'm'))
    t.match(await spiffeWebhook([name, '--help']), { code: 0, out: /^Usage: spiffe-webhook/ }, name)
    t.match(
      await spiffeWebhook([name, '--nonsense']),
      { code: 64, err: /--nonsense is unknown/ },
      name
    )
  }
  t.match(await spiffeWebhook(['--version']), { code: 0, out: /^\d+\.\d+\.\d+\n$/ })
  t.match(await spiffeWebhook([]), { code: 64, err: /^Usage/, out: '' })
  t.match(await spiffeWebhook(['chek']), {
    code: 64,
    err: /"chek" is no command: did you mean check\?/
  })
})

t.test('the demo moves a pod, refuses five attempts, and ends', async (t) => {
  const { code, out } = await spiffeWebhook(['demo'])
  t.equal(code, 0)
  t.match(out, /POST \/inject: a sock-shop pod as Istio injected it, 9 operations/)
  t.match(out, /^\+\s+driver: csi\.spiffe\.io$/m)
  t.equal(out.match(/^\s*refused/gm)?.length, 6)
  t.match(out, /5 of 5 refused/)
  t.notMatch(out, '\u001B[', 'no colours into a pipe')
})

t.test('a reader that goes away ends the program in silence', async (t) => {
  const child = spawn(process.execPath, [join(root, 'src/bin.js'), 'inject', '-f', '-'], {
    cwd: root
  })
  let err = ''
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  child.stdout.destroy()
  child.stdin.end(`${pod('/data')}\n`.repeat(1))
  const code = await new Promise((resolve) => child.on('close', resolve))
  t.notMatch(err, /EPIPE|Error/)
  t.equal(code, 0)
})

t.test('a fault is one sentence, and a stack where asked', async (t) => {
  const config = t.testdir({
    'c.yaml': 'certificates: {mode: files, directory: /absent}\nserver: {port: 0, probesPort: 0}\n'
  })
  const args = ['serve', '--config', join(config, 'c.yaml')]
  const plain = await spiffeWebhook(args)
  t.match(plain, {
    code: 70,
    err: /^spiffe-webhook: \/absent\/tls\.crt cannot be read .*npm run certs\n$/
  })
  t.match((await spiffeWebhook(args, { env: { DEBUG: '1' } })).err, /\n {4}at /)
})

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
