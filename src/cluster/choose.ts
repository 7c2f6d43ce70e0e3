import { KubeConfig } from '@kubernetes/client-node'

/** The cluster that a person means, or the one sentence that says why it cannot be told. */
export type ChosenCluster =
  | { readonly config: KubeConfig; readonly server: string; readonly contexts: readonly string[] }
  | { readonly error: string; readonly contexts?: readonly string[] }

/**
 * Chooses as kubectl does: the file and context that were named, else $KUBECONFIG, ~/.kube/config, or the
 * ServiceAccount of the pod. Nothing is sent yet.
 */
export function chooseCluster(named: {
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
}): ChosenCluster {
  const config = new KubeConfig()
  try {
    if (named.kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(named.kubeconfig)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const file = named.kubeconfig ?? process.env.KUBECONFIG ?? '~/.kube/config'
    return { error: `${file}: cannot be read as a kubeconfig (${why})` }
  }
  if (named.context !== undefined) config.setCurrentContext(named.context)
  const contexts = config.getContexts().map(({ name }) => name)
  const cluster = config.getCurrentCluster()
  if (cluster === null) {
    const known = contexts.length === 0 ? 'it names none' : `it names ${contexts.join(', ')}`
    return {
      error: `the kubeconfig has no context ${named.context ?? 'that is current'}: ${known}`,
      contexts
    }
  }
  // What client-node falls back to where it finds nothing at all.
  if (cluster.server === 'http://localhost:8080') {
    return { error: 'no kubeconfig was found: set KUBECONFIG, or name a file with --kubeconfig' }
  }
  return { config, server: cluster.server, contexts }
}

/** What kubectl uses where nothing was named. */
export function defaultKubeConfig(): KubeConfig {
  const config = new KubeConfig()
  config.loadFromDefault()
  return config
}
