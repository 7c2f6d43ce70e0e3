import type { InjectConfig } from '../config/config.ts'
import type { Pod } from '../kubernetes/pod.ts'
import { show } from '../kubernetes/quote.ts'
import { proxyEnvironment, socketFileEnv } from './environment.ts'
import { ownSocketMount } from './find-conflict.ts'
import { endpointSocketEnv } from './names.ts'
import type { PlacedContainer } from './recognise-proxy.ts'

/** Says which environment of istio-proxy names another socket file than the configuration, and what comes of it. */
export function otherProxySocketFile(
  proxy: PlacedContainer,
  config: InjectConfig
): string | undefined {
  const given = literalEnv(proxy, socketFileEnv)
  const wanted = proxyEnvironment(config)[socketFileEnv]
  if (given === undefined || given === (wanted ?? config.socketFile)) return undefined
  const what = `container ${show(proxy.container.name)} has ${socketFileEnv}=${show(given)}, but the agent's socket file is ${show(wanted ?? config.socketFile)}`
  return wanted === undefined
    ? `${what}: pilot-agent will find no socket and stop: remove the variable from the pod or from proxyMetadata, or set inject.socketFile`
    : `${what}: it was replaced; remove it from the pod or from proxyMetadata`
}

/** The same for an application container that gets the socket, or has it by a mount of its own. */
export function otherApplicationSocketFile(
  pod: Pod,
  app: PlacedContainer,
  config: InjectConfig
): string | undefined {
  const given = literalEnv(app, endpointSocketEnv)
  const { socketFile } = config
  if (given === undefined || given.slice(given.lastIndexOf('/') + 1) === socketFile) {
    return undefined
  }
  const what = `container ${show(app.container.name)} has ${endpointSocketEnv}=${show(given)}, but the agent's socket file is ${show(socketFile)}`
  return ownSocketMount(pod, app, config) === undefined
    ? `${what}: it was replaced; remove the variable`
    : `${what}: it stays, as the container mounts the socket itself: correct or remove the variable, or set inject.socketFile`
}

/** The value that a process sees: the last entry of a name wins. Undefined: none, or taken from elsewhere. */
function literalEnv({ container }: PlacedContainer, name: string): string | undefined {
  const value = (container.env ?? []).findLast((entry) => entry.name === name)?.value
  return typeof value === 'string' ? value : undefined
}
