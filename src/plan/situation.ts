import type { Config } from '../config/config.ts'
import type { GuardMode } from '../guard/guard-mode.ts'
import { type GuardModel, guardModel } from '../guard/guard-model.ts'
import { optInLabel } from '../inject/names.ts'
import type { Labels } from '../verify/webhooks/istio.ts'

/** What a person wants to do; every part that is absent stays as it is. */
export interface Change {
  /** Namespaces that get the label that opts in. */
  readonly label: readonly string[]
  /** The guard's scope. */
  readonly scope?: 'optedIn' | 'cluster'
  /** Strict mode: every host path that is not on guard.allowedHostPaths is refused. */
  readonly strict: boolean
  /** A whole new configuration. */
  readonly config?: Config
}

/** The rules that hold at one time, before or after a change. */
export interface Situation {
  readonly model: GuardModel
  readonly config: Config
  /** Whether a namespace with these labels is opted in. */
  readonly isOptedIn: (namespace: string, labels: Labels) => boolean
  /** The guard's endpoint for a namespace with these labels; undefined: it is never asked. */
  readonly modeOf: (namespace: string, labels: Labels) => GuardMode | undefined
}

/** The situation of a configuration, where these namespaces are labelled beside those that are. */
export function situation(config: Config, labelled: readonly string[] = []): Situation {
  const excluded = new Set(config.guard.excludedNamespaces)
  const isOptedIn = (namespace: string, labels: Labels): boolean =>
    !excluded.has(namespace) &&
    (labels[optInLabel.key] === optInLabel.value || labelled.includes(namespace))
  return {
    config,
    model: guardModel(config),
    isOptedIn,
    modeOf: (namespace, labels) => {
      if (excluded.has(namespace)) return undefined
      if (isOptedIn(namespace, labels)) return 'enforce'
      return config.guard.scope === 'cluster' ? 'enforce-host-paths' : 'warn'
    }
  }
}

/** The situation after a change of the installed configuration. */
export function changed(installed: Config, change: Change): Situation {
  const config = change.config ?? installed
  const guard = {
    ...config.guard,
    ...(change.scope === undefined ? {} : { scope: change.scope }),
    ...(change.strict ? { allowedHostPaths: config.guard.allowedHostPaths ?? [] } : {})
  }
  return situation({ ...config, guard }, change.label)
}
