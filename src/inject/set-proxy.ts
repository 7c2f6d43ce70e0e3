import type { Edits } from '../kubernetes/edits.ts'
import type { Pod } from '../kubernetes/pod.ts'
import type { InjectModel } from './inject-model.ts'
import type { PlacedContainer } from './recognise-proxy.ts'
import { dropWorkloadCerts, setEnv, setSocketMounts, setSocketVolume } from './set-socket.ts'

/** Puts istio-proxy on the socket: volume, mounts and environment together are what makes the pod fail closed. */
export function setProxy(edits: Edits, pod: Pod, proxy: PlacedContainer, model: InjectModel): void {
  setSocketVolume(edits, pod, model)
  setSocketMounts(edits, proxy, model.proxyMounts)
  setEnv(edits, proxy, model.proxyEnv)
  dropWorkloadCerts(edits, pod)
}
