import { spawn } from 'node:child_process'

/** The JSON of one run, as far as tests read it. */
export interface Told {
  readonly healthy: boolean
  readonly cluster: { readonly version: string }
  readonly checks: readonly {
    readonly check: string
    readonly status: string
    readonly detail: string
  }[]
  readonly findings: readonly {
    readonly check: string
    readonly reason: string
    readonly severity: string
    readonly kind: string
    readonly namespace: string
    readonly name: string
    readonly message: string
    readonly command: string
  }[]
  readonly notSeen: readonly { readonly check: string; readonly resource: string }[]
  readonly pods: readonly {
    readonly namespace: string
    readonly onSocket: number
    readonly missed: number
  }[]
}

/** What the program did. */
export interface Visit {
  readonly code: number | null
  readonly out: string
  readonly err: string
  readonly seconds: number
}

/** Runs the real command line with a kubeconfig. */
export function visit(
  kubeconfig: string,
  args: readonly string[] = [],
  nodeArgs: readonly string[] = []
): Promise<Visit> {
  const began = performance.now()
  // tap puts its loaders into the environment of every child, and their memory with them.
  const command = ['-u', 'NODE_OPTIONS', process.execPath, ...nodeArgs, 'src/main.ts', 'verify']
  const child = spawn('env', [...command, ...args], {
    env: { PATH: process.env.PATH, KUBECONFIG: kubeconfig }
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({ code, out, err, seconds: (performance.now() - began) / 1000 })
    )
  })
}

/** Runs it with `-o json`; a run that prints none throws what it said. */
export async function examine(
  kubeconfig: string,
  args: readonly string[] = []
): Promise<Told & { readonly code: number | null }> {
  const { code, out, err } = await visit(kubeconfig, ['-o', 'json', ...args])
  if (out === '') throw new Error(`verify ended with ${code}: ${err}`)
  return { ...(JSON.parse(out) as Told), code }
}
