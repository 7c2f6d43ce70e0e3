import type { Pod } from '../kubernetes/pod.ts'
import { show } from '../kubernetes/quote.ts'
import { socketFileEnv } from './environment.ts'
import { ownSocketMount } from './find-conflict.ts'
import type { InjectModel } from './inject-model.ts'
import { lastEnv } from './last-env.ts'
import { endpointSocketEnv } from './names.ts'
import type { PlacedContainer } from './recognise-proxy.ts'

/** Says which environment of istio-proxy names another socket file than the configuration, and what comes of it. */
export function otherProxySocketFile(
  proxy: PlacedContainer,
  { config, socketFileEnv: wanted }: InjectModel
): string | undefined {
  const given = lastEnv(proxy.container, socketFileEnv)
  if (given === undefined) return undefined
  if (given === (wanted ?? config.socketFile)) return undefined
  const what = `container ${show(proxy.container.name)} has ${socketFileEnv}=${show(given)}, but the agent's socket file is ${show(wanted ?? config.socketFile)}`
  return wanted === undefined
    ? `${what}: pilot-agent will find no socket and stop: remove the variable from the pod or from proxyMetadata, or set inject.socketFile`
    : `${what}: it was replaced; remove it from the pod or from proxyMetadata`
}

/** The same for an application container that gets the socket, or has it by a mount of its own. */
export function otherApplicationSocketFile(
  pod: Pod,
  app: PlacedContainer,
  model: InjectModel
): string | undefined {
  const given = lastEnv(app.container, endpointSocketEnv)
  const { socketFile } = model.config
  if (given === undefined || given.slice(given.lastIndexOf('/') + 1) === socketFile) {
    return undefined
  }
  const what = `container ${show(app.container.name)} has ${endpointSocketEnv}=${show(given)}, but the agent's socket file is ${show(socketFile)}`
  return ownSocketMount(pod, app, model) === undefined
    ? `${what}: it was replaced; remove the variable`
    : `${what}: it stays, as the container mounts the socket itself: correct or remove the variable, or set inject.socketFile`
}
