import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { projectRoot, readProject } from '../../release/project.ts'

const folder = '.github/workflows'
const workflows = readdirSync(join(projectRoot, folder)).map((name) => ({
  name,
  text: readProject(`${folder}/${name}`)
}))
const { scripts } = JSON.parse(readProject('package.json'))

interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[]
}

t.test('workflows call scripts that are there', async (t) => {
  for (const { name, text } of workflows) {
    const called = [...text.matchAll(/npm (?:run )?(test|[a-z]+(?::[a-z]+)?)\b/g)]
    const names = called
      .map(([, script = '']) => script)
      .filter((script) => !['ci', 'audit'].includes(script))
    const known = names.filter((script) => !['registry', 'util'].includes(script))
    for (const script of known) t.ok(script in scripts || script === 'run', `${name}: ${script}`)
  }
  for (const suite of parse(readProject(`${folder}/test.yaml`)).jobs.lab.strategy.matrix.suite) {
    t.ok(suite in scripts, suite)
  }
})

t.test('a job that may write runs nothing of the checkout', async (t) => {
  for (const { name, text } of workflows) {
    const { permissions, jobs } = parse(text)
    t.same(permissions, { contents: 'read' }, name)
    for (const [job, { permissions = {}, steps }] of Object.entries<Job>(jobs)) {
      if (!Object.values(permissions).includes('write')) continue
      const uses = steps.map(({ uses = '' }) => uses).join()
      const runs = steps.map(({ run = '' }) => run).join()
      t.notMatch(uses, /checkout/, job)
      t.notMatch(runs, /npm/, job)
    }
  }
})

t.test('no expression is put into a shell', async (t) => {
  for (const { name, text } of workflows) {
    for (const { steps } of Object.values<Job>(parse(text).jobs)) {
      for (const { run = '' } of steps) t.notMatch(run, /\$\{\{/, name)
    }
  }
})

t.test('every action is pinned by commit, with its version beside it', async (t) => {
  for (const { name, text } of workflows) {
    const uses = text.split('\n').filter((line) => line.includes('uses:'))
    t.ok(uses.length > 0, name)
    for (const line of uses) t.match(line, /uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, name)
  }
})
