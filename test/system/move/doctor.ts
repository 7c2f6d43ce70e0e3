import { block, namedBlocks } from './guide.ts'
import type { Mesh } from './start-mesh.ts'

interface Report {
  readonly checks: readonly { readonly check: string; readonly detail: string }[]
  readonly findings: readonly {
    readonly check: string
    readonly reason: string
    readonly severity: string
  }[]
}

/** What `plan` answers to the guide's question whether a namespace may be moved: its exit code and output. */
export async function mayMove(
  { follow }: Mesh,
  NAMESPACE: string
): Promise<{ readonly code: string; readonly said: string }> {
  const { text, ...rest } = block(namedBlocks('move-a-live-mesh.md'), 'may-i-move')
  const asked = { ...rest, text: `code=0\n(${text.trim()}) || code=$?\necho "exit $code"` }
  const { stdout } = await follow(asked, { NAMESPACE })
  return { code: stdout.match(/^exit (\d+)$/m)?.[1] ?? '', said: stdout }
}

/** What `verify --exec` says of the trust between moved and unmoved: its sentence, and the reasons that are errors or warnings. */
export async function trustNow({
  follow
}: Mesh): Promise<{ readonly detail: string; readonly reasons: readonly string[] }> {
  const text = 'spiffe-webhook verify --exec -o json || [ $? = 1 ]'
  const { stdout } = await follow({ name: 'verify --exec', language: 'sh', text })
  const { checks, findings } = JSON.parse(stdout) as Report
  return {
    detail: checks.find(({ check }) => check === 'trust')?.detail ?? '',
    reasons: findings
      .filter(({ check, severity }) => check === 'trust' && severity !== 'info')
      .map(({ reason }) => reason)
  }
}
