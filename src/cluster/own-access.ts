import type { Access } from './access.ts'
import { serviceAccount } from './service-account.ts'

/**
 * What the server itself asks with: the file that $KUBECONFIG names, else the pod's service account, else as kubectl.
 * In a pod nothing of the Kubernetes client is loaded: it would take 20 MiB and a third of the start.
 */
export async function ownAccess(): Promise<Access> {
  const own = process.env.KUBECONFIG ? undefined : serviceAccount()
  if (own !== undefined) return own
  const { defaultKubeConfig } = await import('./choose.ts')
  return defaultKubeConfig()
}
