import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'

/*
 * The examples of docs/guides/pipelines.md for pre-commit and GitLab, run from a git repository of this checkout's
 * files: with the real pre-commit (from PyPI) and, for GitLab, the script of the job in a shell, as its runner does.
 */

const root = join(import.meta.dirname, '../..')
const guide = readFileSync(join(root, 'docs/guides/pipelines.md'), 'utf8')

function run(cwd: string, command: string, env: Readonly<Record<string, string>> = {}): Ran {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))
  )
  const { status, stdout, stderr } = spawnSync('bash', ['-eo', 'pipefail', '-c', command], {
    cwd,
    encoding: 'utf8',
    env: { ...clean, ...env },
    maxBuffer: 64 * 1024 * 1024
  })
  return { code: status, out: `${stdout}${stderr}` }
}

interface GitLabJob {
  readonly variables: { readonly TOOL: string }
  readonly script: readonly string[]
  readonly artifacts: { readonly reports: { readonly junit: string } }
}

interface Ran {
  readonly code: number | null
  readonly out: string
}

const dir = t.testdir({ tool: {}, project: {} })
const tool = join(dir, 'tool')
const commit =
  'git init --quiet && git add --all && git -c user.name=t -c user.email=t@t.test commit --quiet -m t'

/** The block of YAML under a heading of the guide, its placeholders filled in. */
function example(heading: string): string {
  const block = guide.split(`## ${heading}\n`)[1]?.split('```yaml\n')[1]?.split('```')[0] ?? ''
  return block.replaceAll('REPOSITORY', tool).replaceAll('REF', 'v1')
}

const pod = (path: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {volumes: [{name: v, hostPath: {path: ${path}}}]}\n`

/** A project with a manifest of each kind, at this path. */
function project(name: string, path: string): string {
  const folder = join(dir, name)
  mkdirSync(join(folder, 'manifests'), { recursive: true })
  writeFileSync(join(folder, 'manifests/pod.yaml'), pod(path))
  writeFileSync(join(folder, 'webhook.yaml'), 'guard: {scope: cluster}\n')
  return folder
}

t.before(() => {
  const files = 'git ls-files --cached --others --exclude-standard -z'
  const copied = run(root, `${files} | xargs -0 tar c --ignore-failed-read | tar x -C ${tool}`)
  if (copied.code !== 0) throw new Error(copied.out)
  chmodSync(join(tool, 'hooks/check.sh'), 0o755)
  const made = run(tool, `${commit} && git tag v1`)
  if (made.code !== 0) throw new Error(made.out)
})

t.test(
  'pre-commit refuses a commit with a route to the socket, and takes one without',
  async (t) => {
    const venv = join(dir, 'venv')
    const installed = run(
      dir,
      `python3 -m venv ${venv} && ${venv}/bin/pip install --quiet pre-commit==4.7.0`
    )
    if (installed.code !== 0) t.fail(installed.out)
    const env = { PRE_COMMIT_HOME: join(dir, 'pre-commit') }
    for (const [path, code] of [
      ['/run/spire', 1],
      ['/data', 0]
    ] as const) {
      const folder = project(`pre-commit-${code}`, path)
      writeFileSync(join(folder, '.pre-commit-config.yaml'), example('pre-commit'))
      const ran = run(folder, `${commit} && ${venv}/bin/pre-commit run --all-files --verbose`, env)
      t.equal(ran.code, code, ran.out)
      t.match(
        ran.out,
        code === 1 ? /refused HostPathReachesSocket/ : /spiffe-webhook check.*Passed/
      )
      t.match(ran.out, /1 object read, 1 judged/, 'only the files of manifests/ were given')
    }
  }
)

t.test('the job for GitLab writes its report, and fails with the refusal', async (t) => {
  const { manifests: job }: { readonly manifests: GitLabJob } = parse(example('GitLab'))
  const env = { TOOL: job.variables.TOOL.replace('$CI_PROJECT_DIR', join(dir, 'gitlab-1')) }
  for (const [path, code] of [
    ['/run/spire', 1],
    ['/data', 0]
  ] as const) {
    const folder = project(`gitlab-${code}`, path)
    // The second job finds the tool of the first: npm's minute is spent once.
    const lines = job.script.filter((line) => code === 1 || !/^(git clone|npm ci) /.test(line))
    const ran = run(folder, lines.join('\n'), env)
    t.equal(ran.code, code, ran.out)
    const report = readFileSync(join(folder, job.artifacts.reports.junit), 'utf8')
    t.match(
      report,
      code === 1 ? /<failure type="refused" message="HostPathReachesSocket">/ : /failures="0"/
    )
  }
})
