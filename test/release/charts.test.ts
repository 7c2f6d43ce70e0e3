import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { chartEntries, chartNames, withImage } from '../../release/charts.ts'
import { projectRoot, projectVersion, readProject } from '../../release/project.ts'

const digest = `sha256:${'a'.repeat(64)}`
const sources = {
  release: {
    version: projectVersion(),
    source: 'https://spiffe-webhook.example',
    image: 'registry.example/spiffe-webhook',
    date: '2026-11-28'
  },
  notes: { text: '- A.', changes: [{ kind: 'added', description: 'A: `b`.' }] },
  digest
}
const filesOf = (name: (typeof chartNames)[number]): ReadonlyMap<string, string> =>
  new Map(chartEntries(name, sources).map(({ path, content }) => [path, String(content)]))

t.test('the version is set in one place: package.json', async (t) => {
  for (const name of chartNames) {
    const chart = parse(readProject(`charts/${name}/Chart.yaml`))
    t.equal(chart.version, projectVersion(), name)
    if (name === 'spiffe-webhook') t.equal(chart.appVersion, projectVersion(), 'appVersion')
  }
  t.throws(() =>
    chartEntries('workload-api', { ...sources, release: { ...sources.release, version: '9.9.9' } })
  )
})

t.test('a packed chart has the files of its folder, and says more about itself', async (t) => {
  for (const name of chartNames) {
    const files = filesOf(name)
    t.equal([...files.keys()][0], `${name}/Chart.yaml`)
    const changed = ['Chart.yaml', 'values.yaml', 'values.schema.json', 'README.md']
    for (const [path, text] of files) {
      const written = readFileSync(join(projectRoot, 'charts', path), 'utf8')
      if (!changed.includes(path.slice(name.length + 1))) t.equal(text, written, path)
    }
    const chart = parse(files.get(`${name}/Chart.yaml`) ?? '')
    t.match(chart, { name, home: sources.release.source, icon: /icon\.svg$/, sources: [/^https/] })
    t.match(chart.maintainers, [{ name: /authors/ }])
    const { annotations } = chart
    t.same(parse(annotations['artifacthub.io/changes']), sources.notes.changes)
    t.equal(annotations['artifacthub.io/license'], 'Apache-2.0')
  }
})

t.test('the packed webhook has its image by digest', async (t) => {
  const files = filesOf('spiffe-webhook')
  const { image } = parse(files.get('spiffe-webhook/values.yaml') ?? '')
  t.match(image, { repository: 'registry.example/spiffe-webhook', tag: '', digest })
  const schema = JSON.parse(files.get('spiffe-webhook/values.schema.json') ?? '')
  t.equal(schema.properties.image.properties.digest.default, digest)
  t.match(files.get('spiffe-webhook/README.md'), `| \`image.digest\` | \`"${digest}"\` |`)
  const { annotations } = parse(files.get('spiffe-webhook/Chart.yaml') ?? '')
  t.match(parse(annotations['artifacthub.io/images']), [
    { image: `registry.example/spiffe-webhook@${digest}` }
  ])
})

t.test('nothing but the image changes in values.yaml', async (t) => {
  const before = readProject('charts/spiffe-webhook/values.yaml')
  const lines = withImage(before, 'r.example/x', digest).split('\n')
  const changed = before.split('\n').flatMap((line, at) => (line === lines[at] ? [] : [lines[at]]))
  t.same(changed, ['  repository: "r.example/x"', `  digest: "${digest}"`])
  t.throws(() => withImage('a: 1\n', 'x', digest), /no image\.repository/)
})
