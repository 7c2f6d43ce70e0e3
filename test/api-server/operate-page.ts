import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from '../lab/cluster.ts'
import { execute, type Outcome } from '../lab/execute.ts'
import { tool } from '../lab/toolchain.ts'
import { until } from '../lab/until.ts'
import { block, namedBlocks } from '../system/move/guide.ts'

/** The commands of docs/guides/operate.md on one cluster, run as a person would in one folder of a checkout. */
export interface OperatePage {
  /** The folder in which the commands run. */
  readonly folder: string
  /** Runs the block of this name to its end, in bash with `-euo pipefail`. */
  readonly run: (name: string) => Promise<Outcome>
  /** Runs a command as it stands in a page, whatever it ends with. */
  readonly attempt: (command: string) => Promise<Outcome>
}

const root = join(import.meta.dirname, '../..')
const blocks = namedBlocks('operate.md')

/** The names of all blocks of the page that are to be run. */
export const blockNames: readonly string[] = [...blocks.keys()]

/**
 * kubectl is itself. Helm leaves hooks out, since no pod can run without a node. `spiffe-webhook` is the program of this
 * checkout, and findings are no failure: without a node there is neither driver nor agent, and it says so.
 */
export function operatePage(cluster: Cluster, name = 'page'): OperatePage {
  const folder = join(cluster.folder, name)
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  symlinkSync(join(root, 'charts'), join(folder, 'charts'))
  symlinkSync(tool('kubernetes/kubectl').binary, join(bin, 'kubectl'))
  const helm = tool('helm/helm').binary
  write(
    bin,
    'helm',
    `case $1 in install|upgrade) c=$1; shift; exec ${helm} $c --no-hooks "$@";; esac\nexec ${helm} "$@"`
  )
  const program = `${process.execPath} ${join(root, 'src/main.ts')}`
  write(bin, 'spiffe-webhook', `${program} "$@" || test $? -eq 1`)
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: folder, KUBECONFIG: cluster.kubeconfig }
  const bash = (text: string, allowFailure: boolean): Promise<Outcome> =>
    execute('bash', ['--norc', '-euo', 'pipefail', '-c', text], { folder, env, allowFailure })
  return {
    folder,
    run: (name) => bash(block(blocks, name).text, false),
    attempt: (command) => bash(command, true)
  }
}

/** The commands of every runbook, one a line. */
export function runbookCommands(): readonly (readonly [page: string, command: string])[] {
  const runbooks = join(root, 'docs/runbooks')
  return readdirSync(runbooks).flatMap((page) => {
    const text = readFileSync(join(runbooks, page), 'utf8')
    const bodies = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, body = '']) => body)
    const commands = bodies.flatMap((body) => body.split('\n').filter(Boolean))
    return commands.map((command) => [page, command] as const)
  })
}

function write(folder: string, name: string, script: string): void {
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
}

/**
 * Says of the pods of a release that they are ready, as a kubelet would of the processes that stand in for them; so the
 * Deployment counts them.
 */
export async function markReady(cluster: Cluster, release: string): Promise<void> {
  const selector = `app.kubernetes.io/instance=${release},app.kubernetes.io/component=webhook`
  const place = ['--namespace', 'spiffe-webhook']
  await until(`pods of ${release}`, async () => {
    const { stdout } = await cluster.kubectl([
      'get',
      'pods',
      ...place,
      '-l',
      selector,
      '-o',
      'name'
    ])
    const pods = stdout.trim().split('\n').filter(Boolean)
    for (const pod of pods) {
      const patch = JSON.stringify({
        status: {
          phase: 'Running',
          conditions: [
            { type: 'Ready', status: 'True', lastTransitionTime: new Date().toISOString() }
          ]
        }
      })
      await cluster.kubectl(
        ['patch', pod, ...place, '--subresource=status', '--type=merge', '-p', patch],
        {
          allowFailure: true
        }
      )
    }
    const args = [
      'get',
      'deployment',
      release,
      ...place,
      '-o',
      'jsonpath={.status.availableReplicas}'
    ]
    return (await cluster.kubectl(args)).stdout === '2'
  })
}
