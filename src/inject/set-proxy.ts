import type { InjectConfig } from '../config/config.ts'
import type { Edits } from '../kubernetes/edits.ts'
import type { Pod } from '../kubernetes/pod.ts'
import { proxyEnvironment } from './environment.ts'
import type { PlacedContainer } from './recognise-proxy.ts'
import { dropWorkloadCerts, setEnv, setSocketMount, setSocketVolume } from './set-socket.ts'

/** Puts istio-proxy on the socket: volume, mounts and environment together are what makes the pod fail closed. */
export function setProxy(
  edits: Edits,
  pod: Pod,
  proxy: PlacedContainer,
  config: InjectConfig
): void {
  setSocketVolume(edits, pod, config)
  for (const path of config.mountPaths) setSocketMount(edits, proxy, path)
  for (const [name, value] of Object.entries(proxyEnvironment(config))) {
    setEnv(edits, proxy, name, value)
  }
  dropWorkloadCerts(edits, pod)
}
