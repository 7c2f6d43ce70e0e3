import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exitCodes } from '../src/commands/io.ts'

const root = join(import.meta.dirname, '..')
const bin = join(root, 'src/bin.js')
const reviews = join(root, 'test/fixtures/reviews')
const manifests = join(root, 'test/fixtures/manifests')

// Each case starts a process, and a laden machine takes its time.
t.setTimeout(90_000)

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the binary as a process of its own. */
function run(
  args: readonly string[],
  {
    stdin = '',
    environment = {}
  }: { readonly stdin?: string | Buffer; readonly environment?: NodeJS.ProcessEnv } = {}
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const { DEBUG: _, ...inherited } = process.env
    const child = spawn(process.execPath, [bin, ...args], {
      env: { ...inherited, ...environment },
      timeout: 60_000
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', reject)
    child.on('close', (code) =>
      resolve({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() })
    )
    // A command that does not read its input closes it.
    child.stdin.on('error', () => undefined)
    child.stdin.end(stdin)
  })
}

t.test('exit codes are those of the contract', async (t) => {
  const clean = 'apiVersion: v1\nkind: Pod\nspec: {containers: []}\n'
  const cases: readonly (readonly [readonly string[], string, number])[] = [
    [['check', '-f', join(reviews, 'guard-pod-raw-socket.json')], '', exitCodes.findings],
    [['check', '-f', '-'], clean, exitCodes.clean],
    [['inject', '-f', join(manifests, 'inject/refused')], '', exitCodes.findings],
    [['inject', '-f', join(manifests, 'inject/broken')], '', exitCodes.usage],
    [['serve', '--port', '1'], '', exitCodes.usage]
  ]
  const codes = await Promise.all(
    cases.map(async ([args, stdin]) => (await run(args, { stdin })).code)
  )
  t.same(
    codes,
    cases.map(([, , code]) => code)
  )
})

t.test('a pipe of two injects says what one says, for bytes as they come', async (t) => {
  const { object } = JSON.parse(
    readFileSync(join(reviews, 'inject-classic-sidecar-1st-call.json'), 'utf8')
  ).request
  const once = await run(['inject', '-f', '-'], { stdin: JSON.stringify(object, null, 2) })
  const twice = await run(['inject', '-f', '-'], { stdin: once.out })
  t.match(once.out, 'csi.spiffe.io')
  t.equal(twice.out, once.out)
})

t.test('no colour goes into a pipe', async (t) => {
  const args = ['inject', '-o', 'diff', '-f', join(manifests, 'inject/kinds/input.yaml')]
  const { out } = await run(args, { environment: { TERM: 'xterm-256color', FORCE_COLOR: '1' } })
  t.ok(out.includes('+') && !out.includes('\u001b'))
})

t.test('a reader that goes away costs no verdict and no stack', async (t) => {
  const many = Array.from(
    { length: 500 },
    (_, i) =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: p${i}}\nspec: {containers: [], volumes: [{name: a, hostPath: {path: /}}]}\n`
  ).join('---\n')
  const { code, err } = await new Promise<Omit<Ran, 'out'>>((resolve) => {
    const child = spawn(process.execPath, [bin, 'check', '-f', '-'], { timeout: 60_000 })
    const err: Buffer[] = []
    child.stdout.once('data', () => child.stdout.destroy())
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('close', (code) => resolve({ code, err: Buffer.concat(err).toString() }))
    child.stdin.end(many)
  })
  t.equal(code, exitCodes.findings)
  t.equal(err, '')
})

t.test('a pinned Node that cannot be started is a fault in one sentence', async (t) => {
  const dir = t.testdir({
    'old.mjs': "Object.defineProperty(process.versions, 'node', { value: '20.0.0' })",
    src: {},
    node_modules: { '.bin': { node: '' } }
  })
  copyFileSync(bin, join(dir, 'src/bin.mjs'))
  const old = ['--import', join(dir, 'old.mjs'), join(dir, 'src/bin.mjs')]
  const { status, stderr } = spawnSync(process.execPath, old, { encoding: 'utf8' })
  t.equal(status, exitCodes.fault)
  t.match(
    stderr,
    /^spiffe-webhook: .*\/node_modules\/\.bin\/node cannot be started \(.*EACCES\): use Node 22\.19 or newer\n$/
  )
})

t.test('a fault is one sentence, and a stack for whoever asks', async (t) => {
  const dir = t.testdir({
    'thrown.mjs':
      'const real = JSON.stringify; JSON.stringify = (value, ...rest) => { if (value?.pen) throw new Error("the pen broke"); return real(value, ...rest) }',
    'late.mjs':
      'process.on("newListener", (name) => { if (name === "uncaughtException") process.nextTick(() => { throw new Error("the pen broke") }) })'
  })
  for (const file of ['thrown.mjs', 'late.mjs']) {
    const stdin = 'pen: 1'
    const environment = { NODE_OPTIONS: `--import ${join(dir, file)}` }
    const args = ['inject', '-f', '-', '-o', 'json']
    const plain = await run(args, { environment, stdin })
    t.same([plain.code, plain.err], [exitCodes.fault, 'spiffe-webhook: the pen broke\n'], file)
  }
  const environment = { NODE_OPTIONS: `--import ${join(dir, 'thrown.mjs')}`, DEBUG: '1' }
  const debug = await run(['inject', '-f', '-', '-o', 'json'], { environment, stdin: 'pen: 1' })
  t.match(debug.err, /^spiffe-webhook: the pen broke\nError: the pen broke\n +at /)
})
