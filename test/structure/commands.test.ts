import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')

const needsRegistry =
  'not run: needs a registry and a cluster of yours; the same steps run in test/system'
const needsTeleport = 'not run: needs Teleport'

/**
 * How the commands of each page are run, in the order of its blocks: by which suite, or why by none. Blocks that carry a
 * mark (`<!-- run: NAME -->`, `<!-- not run: REASON -->`) say it themselves.
 */
const accounts: Readonly<Record<string, readonly string[]>> = {
  'README.md': [
    '.ci/run',
    needsRegistry,
    'test/api-server/plan.cluster.ts',
    'not run: starts a cluster and waits for Ctrl-C; every cluster suite starts the same parts',
    'test/commands/check/readme.test.ts',
    'test/system/verify.system.ts',
    'test/system/verify.system.ts'
  ],
  'CONTRIBUTING.md': ['.ci/run'],
  'SECURITY.md': ['not run: needs a published release'],
  'charts/spiffe-webhook/README.md': [needsRegistry],
  'charts/workload-api/README.md': [needsTeleport],
  'docs/guides/install-on-openshift.md': ['not run: needs OpenShift'],
  'docs/guides/install-on-spire.md': Array.from({ length: 2 }, () => needsRegistry),
  'docs/guides/install-on-teleport.md': Array.from({ length: 5 }, () => needsTeleport),
  'docs/guides/enforce.md': [
    'test/commands/plan/plan.test.ts',
    'test/api-server/plan.cluster.ts',
    'test/commands/plan/plan.test.ts'
  ],
  'docs/guides/plan.md': Array.from({ length: 2 }, () => 'test/api-server/plan.cluster.ts'),
  'docs/guides/verify.md': ['test/api-server/verify.cluster.ts'],
  'docs/guides/platforms.md': ['test/api-server/operate.everything.ts'],
  'docs/guides/move-a-live-mesh.md': [
    'not run: names of your trust domains, which the suite sets itself',
    'not run: looks for sidecars of other versions'
  ],
  'test/lab/README.md': ['.ci/run']
}

const pages = [
  ...globSync(['*.md', 'docs/**/*.md', 'charts/*/README.md', 'test/lab/README.md'], { cwd: root })
].filter((page) => page !== 'CHANGELOG.md' && !page.startsWith('docs/decisions/'))

interface Block {
  readonly text: string
  readonly mark: string
}

function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(root, page), 'utf8')
  const pattern =
    /(?:^ *<!-- ((?:not )?run: .+) -->\n+)?^ *```(?:sh|bash|console)\n([\s\S]*?)^ *```$/gm
  return [...text.matchAll(pattern)].map(([, mark = '', body = '']) => ({ text: body, mark }))
}

t.test('every command of the documentation is run by a suite, or it is said why not', async (t) => {
  for (const page of pages) {
    // All blocks of the runbooks are run by one test.
    if (page.startsWith('docs/runbooks/')) continue
    const unmarked = blocksOf(page).filter(({ mark }) => mark === '')
    const account = accounts[page] ?? []
    t.equal(
      unmarked.length,
      account.length,
      `${page}: give each block a mark (<!-- run: NAME -->, <!-- not run: REASON -->), or account for it here: ${unmarked.map(({ text }) => text.split('\n')[0])}`
    )
    for (const how of account) {
      if (!how.startsWith('not run: ')) t.ok(existsSync(join(root, how)), `${page}: ${how}`)
    }
  }
})

t.test('no page is accounted for that is gone', async (t) => {
  t.same(
    Object.keys(accounts).filter((page) => !pages.includes(page)),
    []
  )
})

t.test('a page with marked blocks is read by a suite', async (t) => {
  const suites = globSync(['test/**/*.{cluster,system,everything}.ts', 'test/**/*.ts'], {
    cwd: root
  })
  const code = suites.map((suite) => readFileSync(join(root, suite), 'utf8')).join('\n')
  for (const page of pages) {
    if (!blocksOf(page).some(({ mark }) => mark.startsWith('run: '))) continue
    t.ok(code.includes(`namedBlocks('${page.split('/').at(-1)}')`), page)
  }
})

t.test('links between pages lead to files that are there', async (t) => {
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8').replaceAll(/```[\s\S]*?```/g, '')
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
      t.ok(existsSync(join(root, page, '..', target)), `${page}: ${target}`)
    }
  }
})

t.test('the threat model names tests that are there', async (t) => {
  const text = readFileSync(join(root, 'docs/threat-model.md'), 'utf8')
  const tests = [...text.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path)
  t.ok(tests.length > 20)
  for (const path of tests) t.ok(existsSync(join(root, path)), path)
})

t.test('where a namespace is labelled for Istio, revisions are spoken of', async (t) => {
  const labelling = pages.filter((page) =>
    blocksOf(page).some(({ text }) => /label namespace .*istio-injection=enabled/.test(text))
  )
  t.ok(labelling.length > 3)
  for (const page of labelling) {
    t.match(readFileSync(join(root, page), 'utf8'), 'istio.io/rev', page)
  }
})
