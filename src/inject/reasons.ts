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
    'A volume that is not the empty directory of Istio is named workload-certs, or mounted where pilot-agent looks for certificates, so it was kept.',
  ProxyTooOld: 'The proxy is of an Istio that cannot use the Workload API socket as configured.',
  OtherSocketFile:
    'An environment variable names another socket file than the configuration of the webhook.',
  InPodAgent:
    'Another container of the pod may write where istio-proxy looks for its socket, as an agent in the pod does.',
  UserVolumeConflict:
    'An annotation makes Istio mount another volume where the Workload API socket belongs.',
  MountPathConflict: 'Another volume stands where the Workload API socket belongs.',
  BrokenInjection: 'istio-proxy stands in both container lists, and neither copy is a mere stub.',
  AppContainerNotFound: 'The annotation names an application container that the pod does not have.',
  Malformed: 'The object is not what Kubernetes would send.'
} as const

/** One word of the closed list. */
export type InjectReason = keyof typeof injectReasons

/** The reasons that leave a pod as it is, written as `skipped: <Reason>` into its status annotation. */
export type SkipReason = 'NoIstioProxy' | 'OptedOut' | 'ProxylessGrpc'

/** The reasons that only warn. */
export type WarnReason =
  | 'RepairedTemplate'
  | 'ForeignWorkloadCerts'
  | 'ProxylessGrpc'
  | 'ProxyTooOld'
  | 'OtherSocketFile'

/** The reasons that refuse a pod. */
export type RefuseReason =
  | 'InPodAgent'
  | 'UserVolumeConflict'
  | 'MountPathConflict'
  | 'BrokenInjection'
  | 'AppContainerNotFound'
  | 'Malformed'
