/**
 * Why a pod was changed, left alone or refused: the same word in annotation, warning, audit annotation, log,
 * metric, command line and documentation. The sentence says what it means and what to do.
 */
export const injectReasons = {
  Injected: 'istio-proxy was moved onto the Workload API socket.',
  AlreadyInjected: 'Everything is as it should be already; nothing to change.',
  RepairedTemplate:
    'istio-proxy stood in both container lists, the second a stub of the old spire template: it was dropped and the real one moved.',
  NoIstioProxy: 'The pod has no istio-proxy that runs a proxy, so there is nothing to move.',
  OptedOut: 'The pod opts out by the label spiffe-webhook/inject=false.',
  ProxylessGrpc:
    'Proxyless gRPC (DISABLE_ENVOY=true) cannot use an external SDS socket, so the pod stays with istiod.',
  ForeignWorkloadCerts:
    'The volume workload-certs is not the empty directory of Istio, so it was kept.',
  MountPathConflict: 'Another volume stands where the Workload API socket belongs.',
  BrokenInjection: 'istio-proxy stands in both container lists, and neither copy is a mere stub.',
  AppContainerNotFound: 'The annotation names an application container that the pod does not have.',
  Malformed: 'The object is not what Kubernetes would send.'
} as const

/** One word of the closed list. */
export type InjectReason = keyof typeof injectReasons

/** The reasons that leave a pod as it is, written as `skipped: <Reason>` into its status annotation. */
export type SkipReason = 'NoIstioProxy' | 'OptedOut' | 'ProxylessGrpc'

/** The reasons that refuse a pod. */
export type RefuseReason =
  | 'MountPathConflict'
  | 'BrokenInjection'
  | 'AppContainerNotFound'
  | 'Malformed'
