import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Ajv } from 'ajv'
import t from 'tap'
import { buildProgram } from '../../release/program.ts'
import { imageSbom, programSbom } from '../../release/sbom.ts'

const schemas = join(
  dirname(createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json')),
  'res/schema'
)
const schema = (name: string): object =>
  JSON.parse(readFileSync(join(schemas, `${name}.SNAPSHOT.schema.json`), 'utf8'))
const ajv = new Ajv({ strict: false, validateFormats: false })
ajv.addSchema(schema('spdx'), 'http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json')
ajv.addSchema(schema('jsf-0.82'), 'http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json')
const isCycloneDx = ajv.compile(schema('bom-1.6'))

const release = {
  version: '0.2.0',
  source: 'https://spiffe-webhook.example',
  image: 'registry.example/spiffe-webhook',
  date: '2026-11-28'
}
const libc = {
  name: 'libc6',
  version: '2.41-12',
  purl: 'pkg:deb/debian/libc6@2.41-12?arch=amd64',
  sha256: 'a'.repeat(64)
}

t.test('the bills of materials are CycloneDX and name every package', async (t) => {
  const { packages } = await buildProgram()
  const ofProgram = JSON.parse(programSbom(release, packages))
  t.ok(isCycloneDx(ofProgram), JSON.stringify(isCycloneDx.errors))
  t.equal(ofProgram.metadata.component.name, 'spiffe-webhook')
  t.same(
    ofProgram.components.map(({ purl }: { readonly purl: string }) => purl).toSorted(),
    packages.map(({ name, version }) => `pkg:npm/${name.replace('@', '%40')}@${version}`).toSorted()
  )
  const ofImage = JSON.parse(imageSbom(release, 'amd64', packages, [libc]))
  t.ok(isCycloneDx(ofImage), JSON.stringify(isCycloneDx.errors))
  t.equal(ofImage.metadata.component.type, 'container')
  t.equal(ofImage.components.length, packages.length + 2)
  const found = ofImage.components.find(({ name }: { readonly name: string }) => name === 'libc6')
  t.same(found.hashes, [{ alg: 'SHA-256', content: libc.sha256 }])
  t.notOk(isCycloneDx({ ...ofImage, specVersion: 1 }), 'the schema does refuse')
})

t.test('who needs whom is in it', async (t) => {
  const { packages } = await buildProgram()
  const { dependencies } = JSON.parse(programSbom(release, packages))
  const fastify = dependencies.find(({ ref }: { readonly ref: string }) =>
    ref.startsWith('pkg:npm/fastify@')
  )
  t.ok(fastify.dependsOn.some((ref: string) => ref.startsWith('pkg:npm/find-my-way@')))
})
