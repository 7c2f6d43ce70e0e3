import type { Get } from '../cluster/api.ts'
import type { ExecRequest, Executed } from '../cluster/exec.ts'
import type { Shown } from '../cluster/handshake.ts'
import type { Config } from '../config/config.ts'
import type { GuardModel } from '../guard/guard-model.ts'

/** Every effect of a run: reads, handshakes, execs and time. There is no way to write. */
export interface VerifyDeps {
  readonly get: Get
  /** The same for what may be out of the API server's reach: soon, and once. Throws where no answer comes. */
  readonly peek: Get
  readonly exec: (request: ExecRequest) => Promise<Executed>
  readonly handshake: (host: string, port: number) => Promise<Shown>
  readonly now: () => number
  readonly sleep: (milliseconds: number) => Promise<unknown>
  /** One line for the person who waits; says nothing where nobody looks. */
  readonly progress: (text: string) => void
}

/** What a run is asked to look at. */
export interface VerifySubject {
  /** Of the file on the command line, or the defaults. */
  readonly config: Config
  /** False: the configuration of the webhook that is installed counts, where it can be seen. */
  readonly hasConfigFile: boolean
  /** Undefined: the whole cluster. */
  readonly namespace: string | undefined
  /** Labels of the pods to check, as kubectl takes them; undefined: all. */
  readonly selector: string | undefined
  /** Where the agent's DaemonSet is; undefined: looked for everywhere. */
  readonly agentNamespace: string | undefined
  /** True where the agent runs outside Kubernetes, so that there is no DaemonSet of it. */
  readonly agentIsExternal: boolean
  /** How many Envoys are asked; zero: none. */
  readonly pods: number
  /** Seconds to wait for every certificate to be rotated; undefined: not watched. */
  readonly rotation: number | undefined
}

/** What a run looks at, and what it judges by. */
export interface VerifyScope extends VerifySubject {
  readonly model: GuardModel
}
