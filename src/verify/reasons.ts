import { leftOnIstiod, type ReasonText } from '../inject/reasons.ts'

/** An error or a warning; `info` is worth knowing and asks for nothing. */
export type VerifySeverity = 'error' | 'warning' | 'info'

/** What must not be so: exit code 1. */
const errors = {
  CsiDriverMissing: {
    meaning: 'There is no CSIDriver object, so no pod can mount the socket.',
    remedy: 'install charts/workload-api'
  },
  CsiDriverWrong: {
    meaning: 'A field of the CSIDriver object is not what the driver needs.',
    remedy: 'set the field as the finding says'
  },
  DriverNotOnNode: {
    meaning: 'The driver is not registered on a node: pods there do not start.',
    remedy: "check the driver's pod on that node"
  },
  DriverNotReady: {
    meaning: 'The pod of the CSI driver on a node is missing or not ready.',
    remedy: "check the driver's DaemonSet"
  },
  AgentMissing: {
    meaning: 'No DaemonSet serves the directory of the Workload API socket.',
    remedy: 'install an agent, or state --agent external where it runs outside Kubernetes'
  },
  AgentNotReady: {
    meaning: 'The agent on a node is missing or not ready: no identities there.',
    remedy: "check the agent's DaemonSet"
  },
  MutatingConfigurationMissing: {
    meaning: 'The MutatingWebhookConfiguration is missing: new pods are not moved.',
    remedy: 'upgrade the chart'
  },
  ValidatingConfigurationMissing: {
    meaning: 'The ValidatingWebhookConfiguration is missing: nothing is refused.',
    remedy: 'upgrade the chart'
  },
  EntryMissing: {
    meaning: 'A configuration lacks one of its webhooks.',
    remedy: 'upgrade the chart'
  },
  RuleMissing: {
    meaning: 'A webhook is not asked about a resource that it should judge.',
    remedy: 'upgrade the chart, or add the rule'
  },
  NamespaceNotSelected: {
    meaning: 'A labelled namespace is not selected by the injecting webhook.',
    remedy: "remove what was added to the webhook's namespaceSelector"
  },
  GuardFailsOpen: {
    meaning: 'While no replica answers, nothing is refused.',
    remedy: 'set failurePolicy Fail on the webhook that refuses'
  },
  ReinvocationUndoes: {
    meaning: 'Istio runs again after our webhook, which does not: the work is undone.',
    remedy: 'set reinvocationPolicy IfNeeded on our webhook'
  },
  RunsBeforeIstio: {
    meaning: 'The configuration sorts before an injector of Istio: it runs too early.',
    remedy: 'give the configuration a name that sorts last'
  },
  CaBundleMissing: {
    meaning: 'A caBundle is empty or not PEM, so the API server trusts no replica.',
    remedy: 'restart the webhook: each replica writes its CA when it starts'
  },
  CaBundleWrong: {
    meaning:
      'The API server refuses the serving certificate: its signer by the caBundle, its name or its time.',
    remedy: 'restart the webhook, or renew the certificate'
  },
  NamespaceNotInjected: {
    meaning: 'The namespace is labelled, and Istio injects no sidecars there.',
    remedy: 'label the namespace for an injector that is installed'
  },
  AmbientNamespace: {
    meaning: 'Ambient pods have identities of istiod; ztunnel cannot be moved.',
    remedy: 'use sidecars in this namespace, or remove its label'
  },
  AmbientPod: {
    meaning: 'The pod is captured by ambient: its identity comes from istiod.',
    remedy: 'remove the ambient label and recreate the pod'
  },
  Missed: {
    meaning: 'A running pod was created without the webhook: it is not on the socket.',
    remedy: 'recreate the pod'
  },
  Undone: {
    meaning: 'The webhook moved the pod, and a later webhook reverted the change.',
    remedy: 'find the webhook that runs later, then recreate the pod'
  },
  PodsNotSeen: {
    meaning: 'The pods could not be listed, so nothing is known about them.',
    remedy: 'run verify with permission to list pods'
  },
  RawSocket: {
    meaning: 'A running pod has the raw socket mounted from the file system of the node.',
    remedy: 'use a csi.spiffe.io volume, or add an exemption'
  },
  NoCertificate: {
    meaning: 'Envoy holds no certificate: the socket is missing or does not answer.',
    remedy: "check the agent and the proxy's log"
  },
  IssuedByIstiod: {
    meaning: 'The certificate is signed by the CA of istiod: a silent fallback.',
    remedy: 'recreate the pod, and check that it is on the socket'
  },
  WrongSpiffeId: {
    meaning: 'The SPIFFE ID is not the one that Istio expects of this pod.',
    remedy: 'fix the template of the WorkloadIdentity or ClusterSPIFFEID, or meshConfig.trustDomain'
  },
  TrustDomainNotAccepted: {
    meaning:
      'The mesh accepts the trust domain of moved sidecars neither as its own nor as an alias.',
    remedy: 'add it to meshConfig.trustDomainAliases first'
  },
  NotTrusted: {
    meaning: "The certificate is not signed by the bundle in the pod's own Envoy.",
    remedy: 'check the trust bundle that the agent serves'
  },
  CertificateExpired: {
    meaning: 'The certificate has expired: it is not rotated.',
    remedy: 'check the agent on that node'
  },
  NotRotated: {
    meaning: 'The serial number did not change in the time given.',
    remedy: 'wait for more than half the lifetime, or check the agent'
  }
} as const

/** What a person should look at: exit code 1 with --strict alone. */
const warnings = {
  InjectionFailsOpen: {
    meaning: 'While no replica answers, pods are created on the CA of istiod.',
    remedy: 'set failurePolicy Fail on the injecting webhook'
  },
  WarningFailsClosed: {
    meaning: 'While no replica answers, a webhook that only warns refuses.',
    remedy: 'set failurePolicy Ignore on the webhook that warns'
  },
  NotReinvoked: {
    meaning: 'The injecting webhook is not called again after later changes.',
    remedy: 'set reinvocationPolicy IfNeeded'
  },
  MatchPolicyExact: {
    meaning: 'Requests by another version of the same API are not checked.',
    remedy: 'set matchPolicy Equivalent'
  },
  TimeoutTooShort: {
    meaning: 'The API server gives up before the webhook server does.',
    remedy: 'raise timeoutSeconds above server.requestTimeout'
  },
  NothingOptedIn: {
    meaning: 'No namespace carries the label, so there is nothing to guarantee.',
    remedy: 'label a namespace'
  },
  NamespaceNotOptedIn: {
    meaning: 'The namespace that was asked about does not carry the label.',
    remedy: 'label the namespace'
  },
  RoadToSocket: {
    meaning: 'A running pod mounts a host path that leads to the socket indirectly.',
    remedy: 'remove the volume, or add an exemption'
  },
  PersistentVolumeReachesSocket: {
    meaning: 'A PersistentVolume leads to the socket: any pod that claims it gets the socket.',
    remedy: 'delete the PersistentVolume'
  },
  RootNotDistributed: {
    meaning: 'Sidecars that are not moved get no root certificate of moved ones.',
    remedy: 'add it to meshConfig.caCertificates with its trust domain'
  },
  BundleWithoutIstiod: {
    meaning:
      "Moved sidecars do not have istiod's root, so they refuse sidecars that are not moved.",
    remedy: "federate istiod's root into the Workload API, or move both sides together"
  },
  PrincipalNotInMesh: {
    meaning:
      'An AuthorizationPolicy names a principal of a trust domain that the mesh does not know.',
    remedy: 'write the principal with the trust domain of the mesh, or add the alias'
  },
  SharedRoot: {
    meaning: 'Certificates of istiod and of the Workload API share one root.',
    remedy: 'give istiod a root of its own to tell them apart'
  },
  RotationLate: {
    meaning: 'More than three quarters of the lifetime are over without a rotation.',
    remedy: 'check the agent on that node'
  },
  EnvoyNotAsked: {
    meaning: 'Envoy in the pod could not be asked.',
    remedy: 'check that the proxy runs'
  }
} as const

/** What is worth knowing. */
const notes = {
  TrustDomainUnknown: {
    meaning: 'The trust domain of moved sidecars is not known, so it was not compared.',
    remedy: 'name it with --trust-domain, or ask the Envoys with --exec'
  },
  OpenShiftLabelMissing: {
    meaning: 'Without the label, OpenShift keeps restricted pods off the driver.',
    remedy: 'set the label on OpenShift; nothing elsewhere'
  },
  IstioReinvoked: {
    meaning: "Istio's injector is called again after our webhook, and our webhook after it.",
    remedy: ''
  }
} as const

/** One word of the closed list: the same in table, JSON, metric and documentation. */
export type VerifyReason =
  | keyof typeof errors
  | keyof typeof warnings
  | keyof typeof leftOnIstiod
  | keyof typeof notes

/** Every reason with its severity. */
export const verifyReasons: readonly {
  readonly severity: VerifySeverity
  readonly reasons: Readonly<Record<string, ReasonText>>
}[] = [
  { severity: 'error', reasons: errors },
  { severity: 'warning', reasons: { ...warnings, ...leftOnIstiod } },
  { severity: 'info', reasons: notes }
]

/** How bad a reason is. */
export function severityOf(reason: VerifyReason): VerifySeverity {
  if (Object.hasOwn(errors, reason)) return 'error'
  return Object.hasOwn(notes, reason) ? 'info' : 'warning'
}
