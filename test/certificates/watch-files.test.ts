import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { KeyPair, KeyPairSource } from '../../src/certificates/key-pair.ts'
import { makeCa } from '../../src/certificates/self-signed.ts'
import { watchFiles } from '../../src/certificates/watch-files.ts'

const make = async (): Promise<KeyPair> => makeCa({ now: Date.now(), lifetime: 60 })
const [one, two] = [await make(), await make()]

const files = (pair: KeyPair): Record<string, string> => ({
  'tls.crt': pair.cert,
  'tls.key': pair.key
})

interface Watched {
  readonly source: KeyPairSource
  readonly seen: KeyPair[]
  readonly warnings: string[]
}

function watch(t: Test, directory: string): Watched {
  const warnings: string[] = []
  const seen: KeyPair[] = []
  const source = watchFiles(directory, { warn: (message) => warnings.push(message), interval: 10 })
  source.onChange((pair) => seen.push(pair))
  t.teardown(() => source.stop())
  return { source, seen, warnings }
}

t.test('two files written one after the other are swapped in once both match', async (t) => {
  const directory = t.testdir(files(one))
  const { source, seen, warnings } = watch(t, directory)
  t.same(source.current(), one)
  t.same(source.notReady(), [])
  writeFileSync(join(directory, 'tls.crt'), two.cert)
  await sleep(60)
  t.same(source.current(), one, 'half a pair is none')
  t.match(warnings, [/tls\.key does not belong to tls\.crt: the pair in use stays$/])
  writeFileSync(join(directory, 'tls.key'), two.key)
  await sleep(60)
  t.same(source.current(), two)
  t.same(seen, [two])
})

t.test("a Secret's ..data link is followed", async (t) => {
  const directory = t.testdir({ v1: files(one), v2: files(two) })
  symlinkSync('v1', join(directory, '..data'))
  for (const name of ['tls.crt', 'tls.key']) symlinkSync(`..data/${name}`, join(directory, name))
  const { source } = watch(t, directory)
  symlinkSync('v2', join(directory, '..data_tmp'))
  renameSync(join(directory, '..data_tmp'), join(directory, '..data'))
  await sleep(60)
  t.same(source.current(), two)
})

t.test('files that go away or break leave the pair, and are told once', async (t) => {
  const directory = t.testdir(files(one))
  const { source, warnings } = watch(t, directory)
  rmSync(join(directory, 'tls.key'))
  await sleep(80)
  t.same(source.current(), one)
  t.match(warnings, [/tls\.key cannot be read/])
  t.equal(warnings.length, 1)
  writeFileSync(join(directory, 'tls.key'), 'x')
  await sleep(60)
  t.match(warnings[1], /no PEM pair/)
})

t.test('without a pair at first it says where one belongs and how to make it', async (t) => {
  const directory = t.testdir({})
  const warn = (): void => undefined
  t.throws(() => watchFiles(directory, { warn }), /tls\.crt cannot be read .*npm run certs/)
  t.throws(
    () => watchFiles(t.testdir({ 'tls.crt': one.cert, 'tls.key': two.key }), { warn }),
    /does not belong/
  )
})

t.test('a listener that stops hears no more', async (t) => {
  const directory = t.testdir(files(one))
  const { source } = watch(t, directory)
  const seen: KeyPair[] = []
  const stop = source.onChange((pair) => seen.push(pair))
  stop()
  writeFileSync(join(directory, 'tls.crt'), two.cert)
  writeFileSync(join(directory, 'tls.key'), two.key)
  await sleep(60)
  t.same(seen, [])
  t.same(source.current(), two)
})
