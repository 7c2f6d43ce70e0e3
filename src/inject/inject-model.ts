import type { InjectConfig } from '../config/config.ts'
import { type MapEntry, mapEntry } from '../kubernetes/edits.ts'
import { constant } from '../kubernetes/operation.ts'
import type { EnvVar, Volume, VolumeMount } from '../kubernetes/pod.ts'
import { proxyEnvironment, socketFileEnv } from './environment.ts'
import { type Place, placeAt } from './mount-place.ts'
import { endpointSocketEnv, workloadSocket } from './names.ts'

/** What a list of a pod must hold exactly one of, and what it is called in a message. */
export interface Wanted<T> {
  readonly item: T
  readonly what: string
}

/** A mount of the socket, and where it is. */
export interface WantedMount extends Wanted<VolumeMount> {
  readonly place: Place
}

/** What injection sets under one configuration: the same in every pod, so it is made once. */
export interface InjectModel {
  readonly config: InjectConfig
  /** A csi source beside an emptyDir would be two sources, which the API refuses: the whole volume is replaced. */
  readonly volume: Wanted<Volume>
  readonly proxyMounts: readonly WantedMount[]
  readonly proxyEnv: readonly Wanted<EnvVar>[]
  /** What WORKLOAD_IDENTITY_SOCKET_FILE is set to, if it is. */
  readonly socketFileEnv: string | undefined
  readonly applicationMount: WantedMount
  readonly applicationEnv: Wanted<EnvVar>
  readonly labels: readonly MapEntry[]
}

const made = new WeakMap<InjectConfig, InjectModel>()

/** The model of a configuration. */
export function injectModel(config: InjectConfig): InjectModel {
  const known = made.get(config)
  if (known !== undefined) return known
  const fresh = makeModel(config)
  made.set(config, fresh)
  return fresh
}

function makeModel(config: InjectConfig): InjectModel {
  const { applicationMountPath, csiDriver, labels, mountPaths, socketFile } = config
  const env = proxyEnvironment(config)
  return {
    config,
    volume: {
      item: constant({ name: workloadSocket, csi: { driver: csiDriver, readOnly: true } }),
      what: `volume ${workloadSocket}`
    },
    proxyMounts: mountPaths.map(wantedMount),
    proxyEnv: Object.entries(env).map(wantedEnv),
    socketFileEnv: env[socketFileEnv],
    applicationMount: wantedMount(applicationMountPath),
    applicationEnv: wantedEnv([endpointSocketEnv, `unix://${applicationMountPath}/${socketFile}`]),
    labels: Object.entries(labels).map(([key, value]) => mapEntry('/metadata/labels', key, value))
  }
}

const wantedMount = (mountPath: string): WantedMount => ({
  item: constant({ name: workloadSocket, mountPath, readOnly: true }),
  what: `mount ${mountPath}`,
  place: placeAt(mountPath)
})

const wantedEnv = ([name, value]: readonly [string, string]): Wanted<EnvVar> => ({
  item: constant({ name, value }),
  what: `env ${name}`
})
