import type { Command } from './command.ts'

/** A command in the list, not loaded yet. */
export interface Entry {
  /** One line of the list of commands. */
  readonly summary: string
  /** Loads the command when it is asked for: the list needs none, and check starts without the Kubernetes client. */
  readonly load: () => Promise<Command>
}

/** Every command by its name, in the order of --help. */
export const commands: ReadonlyMap<string, Entry> = new Map([
  ['serve', { summary: 'run the webhook', load: async () => (await import('./serve.ts')).serve }],
  [
    'inject',
    {
      summary: 'move the pods of manifests onto the Workload API',
      load: async () => (await import('./inject/inject.ts')).inject
    }
  ],
  [
    'check',
    {
      summary: 'find host paths in manifests that reach the socket',
      load: async () => (await import('./check/check.ts')).check
    }
  ],
  [
    'verify',
    {
      summary: 'check a live cluster: is every labelled pod on the Workload API?',
      load: async () => (await import('./verify/verify.ts')).verify
    }
  ],
  [
    'plan',
    {
      summary: 'say what a label, a wider scope, a new configuration or an upgrade would do',
      load: async () => (await import('./plan/plan.ts')).plan
    }
  ],
  [
    'policy',
    {
      summary: 'print the guard as a ValidatingAdmissionPolicy',
      load: async () => (await import('./policy.ts')).policy
    }
  ],
  [
    'completion',
    {
      summary: 'print the completion script of bash, zsh, fish or kubectl',
      load: async () => (await import('./completion/completion.ts')).completion
    }
  ],
  [
    'demo',
    {
      summary: 'show what the webhook does, with recorded reviews',
      load: async () => (await import('./demo/demo.ts')).demo
    }
  ]
])
