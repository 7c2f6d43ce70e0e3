/** An error or a warning; `info` is worth knowing and asks for nothing. */
export type VerifySeverity = 'error' | 'warning' | 'info'

const error = (sentence: string): { severity: VerifySeverity; sentence: string } => ({
  severity: 'error',
  sentence
})

const warning = (sentence: string): { severity: VerifySeverity; sentence: string } => ({
  severity: 'warning',
  sentence
})

const info = (sentence: string): { severity: VerifySeverity; sentence: string } => ({
  severity: 'info',
  sentence
})

/** What `verify` can find: the same word in table, JSON, metric and documentation. */
export const verifyReasons = {
  CsiDriverMissing: error('There is no CSIDriver object, so no pod can mount the socket.'),
  CsiDriverWrong: error('A field of the CSIDriver object is not what the driver needs.'),
  OpenShiftLabelMissing: info('Without the label, OpenShift keeps restricted pods off the driver.'),
  DriverNotOnNode: error('The driver is not registered on a node: pods there do not start.'),
  DriverNotReady: error('The pod of the CSI driver on a node is missing or not ready.'),
  AgentMissing: error('No DaemonSet serves the directory of the Workload API socket.'),
  AgentNotReady: error('The agent on a node is missing or not ready: no identities there.'),
  MutatingConfigurationMissing: error('Nothing moves new pods: the configuration is missing.'),
  ValidatingConfigurationMissing: error('Nothing guards: the configuration is missing.'),
  EntryMissing: error('A configuration lacks one of its webhooks.'),
  RuleMissing: error('A webhook is not asked about a resource that it should judge.'),
  NamespaceNotSelected: error('A labelled namespace is not selected by the injecting webhook.'),
  InjectionFailsOpen: warning('While no replica answers, pods are created on the CA of istiod.'),
  GuardFailsOpen: error('While no replica answers, nothing is refused.'),
  WarningFailsClosed: warning('While no replica answers, a webhook that only warns refuses.'),
  NotReinvoked: warning('The injecting webhook is not called again after later changes.'),
  ReinvocationUndoes: error('Istio runs again after us and we do not: the work is undone.'),
  IstioReinvoked: info("Istio's injector is called again after ours, and ours after it."),
  MatchPolicyExact: warning('Requests by another version of the same API pass unseen.'),
  TimeoutTooShort: warning('The API server gives up before the webhook server does.'),
  RunsBeforeIstio: error('The configuration sorts before an injector of Istio: it runs too early.'),
  CaBundleMissing: error('A caBundle is empty or not PEM, so the API server trusts no replica.'),
  CaBundleWrong: error('The serving certificate is not signed by what the caBundle holds.'),
  NothingOptedIn: warning('No namespace carries the label, so there is nothing to guarantee.'),
  NamespaceNotOptedIn: warning('The namespace that was asked about does not carry the label.'),
  NamespaceNotInjected: error('The namespace is labelled, and Istio injects no sidecars there.'),
  AmbientNamespace: error('Ambient pods have identities of istiod; ztunnel cannot be moved.'),
  AmbientPod: error('The pod is captured by ambient: its identity comes from istiod.'),
  Missed: error('A running pod was created without the webhook: it is not on the socket.'),
  Undone: error('The webhook moved the pod, and something that ran later put it back.'),
  OptedOut: warning('The pod opts out by label and stays on the CA of istiod.'),
  ProxylessGrpc: warning('Proxyless gRPC cannot use the socket and stays with istiod.'),
  PodsNotSeen: error('The pods could not be listed, so nothing can be said of them.'),
  RawSocket: error('A running pod has the raw socket mounted from the file system of the node.'),
  RoadToSocket: warning('A running pod mounts a host path that leads to the socket indirectly.'),
  PersistentVolumeReachesSocket: warning(
    'A PersistentVolume leads to the socket; any claim has it.'
  ),
  NoCertificate: error('Envoy holds no certificate: the socket is not there or does not answer.'),
  IssuedByIstiod: error('The certificate is signed by the CA of istiod: a silent fallback.'),
  SharedRoot: warning('Certificates of istiod and of the Workload API share one root.'),
  WrongSpiffeId: error('The SPIFFE ID is not the one that Istio expects of this pod.'),
  NotTrusted: error("The certificate is not signed by the bundle in the pod's own Envoy."),
  CertificateExpired: error('The certificate has expired: it is not rotated.'),
  RotationLate: warning('More than three quarters of the lifetime are over without a rotation.'),
  NotRotated: error('The serial number did not change in the time given.'),
  EnvoyNotAsked: warning('Envoy in the pod could not be asked.')
} as const

/** One word of the closed list. */
export type VerifyReason = keyof typeof verifyReasons
