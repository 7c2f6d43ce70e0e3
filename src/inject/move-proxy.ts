import type { InjectConfig } from '../config/config.ts'
import type { Edits } from '../kubernetes/edits.ts'
import type { Pod } from '../kubernetes/pod.ts'
import type { PlacedContainer } from './istio-proxy.ts'
import { dropWorkloadCerts, setEnv, setSocketMount, setSocketVolume } from './workload-socket.ts'

/** Volume, mounts and environment together are what makes the pod fail closed. True: foreign workload-certs stay. */
export function moveProxy(
  edits: Edits,
  pod: Pod,
  proxy: PlacedContainer,
  config: InjectConfig
): boolean {
  setSocketVolume(edits, pod, config)
  for (const path of config.mountPaths) setSocketMount(edits, proxy, path)
  for (const [name, value] of Object.entries(config.env)) setEnv(edits, proxy, name, value)
  return dropWorkloadCerts(edits, pod)
}
