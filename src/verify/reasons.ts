/** An error or a warning; `info` is worth knowing and asks for nothing. */
export type VerifySeverity = 'error' | 'warning' | 'info'

/** What must not be so: exit code 1. */
export const verifyErrors = {
  CsiDriverMissing: 'There is no CSIDriver object, so no pod can mount the socket.',
  CsiDriverWrong: 'A field of the CSIDriver object is not what the driver needs.',
  DriverNotOnNode: 'The driver is not registered on a node: pods there do not start.',
  DriverNotReady: 'The pod of the CSI driver on a node is missing or not ready.',
  AgentMissing: 'No DaemonSet serves the directory of the Workload API socket.',
  AgentNotReady: 'The agent on a node is missing or not ready: no identities there.',
  MutatingConfigurationMissing: 'Nothing moves new pods: the configuration is missing.',
  ValidatingConfigurationMissing: 'Nothing guards: the configuration is missing.',
  EntryMissing: 'A configuration lacks one of its webhooks.',
  RuleMissing: 'A webhook is not asked about a resource that it should judge.',
  NamespaceNotSelected: 'A labelled namespace is not selected by the injecting webhook.',
  GuardFailsOpen: 'While no replica answers, nothing is refused.',
  ReinvocationUndoes: 'Istio runs again after us and we do not: the work is undone.',
  RunsBeforeIstio: 'The configuration sorts before an injector of Istio: it runs too early.',
  CaBundleMissing: 'A caBundle is empty or not PEM, so the API server trusts no replica.',
  CaBundleWrong:
    'The API server refuses the serving certificate: its signer by the caBundle, its name or its time.',
  NamespaceNotInjected: 'The namespace is labelled, and Istio injects no sidecars there.',
  AmbientNamespace: 'Ambient pods have identities of istiod; ztunnel cannot be moved.',
  AmbientPod: 'The pod is captured by ambient: its identity comes from istiod.',
  Missed: 'A running pod was created without the webhook: it is not on the socket.',
  Undone: 'The webhook moved the pod, and something that ran later put it back.',
  PodsNotSeen: 'The pods could not be listed, so nothing can be said of them.',
  RawSocket: 'A running pod has the raw socket mounted from the file system of the node.',
  NoCertificate: 'Envoy holds no certificate: the socket is not there or does not answer.',
  IssuedByIstiod: 'The certificate is signed by the CA of istiod: a silent fallback.',
  WrongSpiffeId: 'The SPIFFE ID is not the one that Istio expects of this pod.',
  NotTrusted: "The certificate is not signed by the bundle in the pod's own Envoy.",
  CertificateExpired: 'The certificate has expired: it is not rotated.',
  NotRotated: 'The serial number did not change in the time given.'
} as const

/** What a person should look at: exit code 1 with --strict alone. */
export const verifyWarnings = {
  InjectionFailsOpen: 'While no replica answers, pods are created on the CA of istiod.',
  WarningFailsClosed: 'While no replica answers, a webhook that only warns refuses.',
  NotReinvoked: 'The injecting webhook is not called again after later changes.',
  MatchPolicyExact: 'Requests by another version of the same API pass unseen.',
  TimeoutTooShort: 'The API server gives up before the webhook server does.',
  NothingOptedIn: 'No namespace carries the label, so there is nothing to guarantee.',
  NamespaceNotOptedIn: 'The namespace that was asked about does not carry the label.',
  OptedOut: 'The pod opts out by label and stays on the CA of istiod.',
  ProxylessGrpc: 'Proxyless gRPC cannot use the socket and stays with istiod.',
  RoadToSocket: 'A running pod mounts a host path that leads to the socket indirectly.',
  PersistentVolumeReachesSocket:
    'A PersistentVolume leads to the socket; whoever claims it has it.',
  SharedRoot: 'Certificates of istiod and of the Workload API share one root.',
  RotationLate: 'More than three quarters of the lifetime are over without a rotation.',
  EnvoyNotAsked: 'Envoy in the pod could not be asked.'
} as const

/** What is worth knowing. */
export const verifyNotes = {
  OpenShiftLabelMissing: 'Without the label, OpenShift keeps restricted pods off the driver.',
  IstioReinvoked: "Istio's injector is called again after ours, and ours after it."
} as const

/** One word of the closed list: the same in table, JSON, metric and documentation. */
export type VerifyReason =
  | keyof typeof verifyErrors
  | keyof typeof verifyWarnings
  | keyof typeof verifyNotes

/** How bad a reason is. */
export function severityOf(reason: VerifyReason): VerifySeverity {
  if (Object.hasOwn(verifyErrors, reason)) return 'error'
  return Object.hasOwn(verifyWarnings, reason) ? 'warning' : 'info'
}
