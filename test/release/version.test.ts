import { execFileSync } from 'node:child_process'
import t from 'tap'
import { notesOf } from '../../release/changelog.ts'
import { projectRoot, projectVersion, readProject } from '../../release/project.ts'
import { versionedFiles, withVersion } from '../../release/version.ts'

const cut = { from: projectVersion(), to: '7.8.9', date: '2027-01-02' }
const after = (path: string): string => withVersion(path, readProject(path), cut)

t.test('a cut writes the version into every file that says it', async (t) => {
  for (const path of versionedFiles) t.match(after(path), /7\.8\.9/, path)
  t.equal(JSON.parse(after('package.json')).version, '7.8.9')
  const lock = JSON.parse(after('package-lock.json'))
  t.equal(lock.version, '7.8.9')
  t.equal(lock.packages[''].version, '7.8.9')
  const others = JSON.stringify({ ...lock.packages, '': undefined })
  const { packages } = JSON.parse(readProject('package-lock.json'))
  t.equal(others, JSON.stringify({ ...packages, '': undefined }), 'no package changes')
  t.match(after('charts/workload-api/Chart.yaml'), /^appVersion: 0\.2\.12$/m, "the driver's stays")
})

t.test('a cut dates what was unreleased', async (t) => {
  // Right after a cut nothing is unreleased.
  const heading = '## [Unreleased]\n'
  const entry = `${heading}\n### Added\n\n- A thing.\n`
  const changelog = readProject('CHANGELOG.md').replace(heading, entry)
  const { date, text } = notesOf(withVersion('CHANGELOG.md', changelog, cut), '7.8.9')
  t.equal(date, '2027-01-02')
  t.match(text, /^### Added\n\n- A thing\./)
  t.equal(text, notesOf(changelog, '99.0.0').text)
})

t.test('no other page or file of a user says the version', async (t) => {
  const pattern = `(^|[^0-9.])${cut.from.replaceAll('.', '\\.')}([^0-9.]|$)`
  const paths = ['--', '*.md', 'charts', 'src', '.github', 'test/fixtures', ':!docs/decisions']
  const args = ['-C', projectRoot, 'grep', '-lE', pattern, ...paths]
  const found = execFileSync('git', args).toString().trim().split('\n')
  t.same(
    found.filter((path) => !versionedFiles.includes(path)),
    []
  )
})

t.test('a file that does not say the version is named', async (t) => {
  t.throws(() => withVersion('README.md', 'nothing', cut), /README\.md does not say/)
})
