import t from 'tap'
import type { BundledPackage } from '../../release/bundled-packages.ts'
import { licenceFaults, notices, withLicenceTexts } from '../../release/licences.ts'
import { buildProgram } from '../../release/program.ts'

const mit: BundledPackage = {
  name: 'a',
  version: '1.0.0',
  licence: 'MIT',
  licenceText: 'MIT License\n\nCopyright (c) A',
  imports: []
}

t.test('a licence that does not let a package be shipped is a fault', async (t) => {
  const one = (more: Partial<BundledPackage>): readonly string[] =>
    licenceFaults([{ ...mit, ...more }])
  const list = 'MIT, Apache-2.0, ISC, BSD-2-Clause, BSD-3-Clause, 0BSD, Unlicense'
  t.same(one({}), [])
  t.same(one({ licence: 'GPL-3.0-only' }), [
    `a@1.0.0 has the licence GPL-3.0-only: it must be one of ${list}`
  ])
  t.same(one({ licence: 'SEE LICENSE IN x' }).length, 1)
  t.same(one({ licence: '(MIT OR GPL-2.0)' }).length, 1)
  t.same(one({ licence: '' }), [`a@1.0.0 has no licence: it must be one of ${list}`])
  t.same(one({ licenceText: '' }), ['a@1.0.0 ships no licence text: add it to licences.ts'])
})

t.test('only a package that is known to have forgotten its text is given one', async (t) => {
  const [known, unknown, other] = withLicenceTexts([
    { ...mit, name: 'abstract-logging', licenceText: '' },
    { ...mit, licenceText: '' },
    { ...mit, name: 'abstract-logging', licence: 'GPL-3.0-only', licenceText: '' }
  ])
  t.match(known?.licenceText, /^MIT License\n\nCopyright \(c\) James Sumners\n/)
  t.equal(unknown?.licenceText, '')
  t.equal(other?.licenceText, '')
})

t.test('the notices name each package, and repeat no text', async (t) => {
  const text = notices([mit, { ...mit, name: 'b' }, { ...mit, name: 'c', licenceText: 'other' }])
  for (const id of ['a@1.0.0 (MIT)', 'b@1.0.0 (MIT)', 'c@1.0.0 (MIT)']) t.ok(text.includes(id))
  t.equal(text.split(mit.licenceText).length, 2)
})

t.test('the program may be shipped, and its notices hold every text', async (t) => {
  const program = await buildProgram()
  t.ok(program.packages.length > 50)
  for (const { name, version, licence, licenceText } of program.packages) {
    t.ok(program.notices.includes(`${name}@${version} (${licence})`), name)
    t.ok(program.notices.includes(licenceText), `text of ${name}`)
  }
  const names = program.packages.map(({ name }) => name)
  t.ok(names.includes('fastify') && names.includes('@kubernetes/client-node'))
  t.notOk(names.includes('esbuild') || names.includes('tap'), 'nothing of the workshop')
})
