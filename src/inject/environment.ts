import type { InjectConfig } from '../config/config.ts'

/** Env of pilot-agent and Envoy's bootstrap: the socket's file name (istio pkg/security/security.go). */
export const socketFileEnv = 'WORKLOAD_IDENTITY_SOCKET_FILE'

/** The file name that Istio looks for by itself (istio DefaultWorkloadIdentitySocketFile). */
const istioSocketFile = 'socket'

/** The env that injection sets in istio-proxy: CA_ADDR and the file name follow the socket; what the administrator wrote wins. */
export function proxyEnvironment({
  env,
  mountPaths,
  socketFile
}: Pick<InjectConfig, 'env' | 'mountPaths' | 'socketFile'>): Readonly<Record<string, string>> {
  return {
    CA_ADDR: `unix://${mountPaths[0]}/${socketFile}`,
    PILOT_CERT_PROVIDER: 'workloadapi',
    ...(socketFile === istioSocketFile ? {} : { [socketFileEnv]: socketFile }),
    ...env
  }
}
