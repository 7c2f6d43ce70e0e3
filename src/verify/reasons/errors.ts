/** What must not be so: exit code 1. */
export const errors = {
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
  EntryNarrowed: {
    meaning: 'A webhook that refuses or injects is asked about less than it should be.',
    remedy: 'upgrade the chart, or remove the change that the finding names'
  },
  CallMisdirected: {
    meaning: 'A webhook is sent to another place than the Service of the release.',
    remedy: 'upgrade the chart, and find out who changed the configuration'
  },
  ReplicasNotReady: {
    meaning: 'No replica of the webhook is ready: nothing answers the API server.',
    remedy: 'check the Deployment of the webhook'
  },
  ObjectMissing: {
    meaning: 'An object of the chart that the webhook needs is missing.',
    remedy: 'upgrade the chart'
  },
  ServerUnreachable: {
    meaning: 'The Service or the NetworkPolicy keeps API servers from the replicas.',
    remedy: 'upgrade the chart, or remove the change that the finding names'
  },
  RightMissing: {
    meaning: 'The server lacks a right that the chart gives it.',
    remedy: 'upgrade the chart, or give the right back'
  },
  DeploymentChanged: {
    meaning: 'The Deployment runs something else than the chart rendered.',
    remedy: 'upgrade the chart, and find out who changed the Deployment'
  },
  ConfigMapChanged: {
    meaning: 'The configuration is not the one that the chart rendered.',
    remedy: 'upgrade the chart, and put the change into its values if it is right'
  },
  PolicyMissing: {
    meaning:
      'The ValidatingAdmissionPolicy is missing: nothing is refused while no replica answers.',
    remedy: 'upgrade the chart'
  },
  PolicyNotBound: {
    meaning: 'The ValidatingAdmissionPolicy has no binding: it refuses nothing.',
    remedy: 'upgrade the chart'
  },
  PolicyNotEnforced: {
    meaning: 'The binding of the policy does not refuse: its validationActions lack Deny.',
    remedy: 'upgrade the chart'
  },
  PolicyNarrowed: {
    meaning: 'The policy or its binding is about less than it should be.',
    remedy: 'upgrade the chart, or remove the change that the finding names'
  },
  PolicyChanged: {
    meaning: 'The expressions of the policy are not the ones that this version renders.',
    remedy: 'upgrade the chart'
  },
  PolicyFailsOpen: {
    meaning: 'An object that the policy cannot evaluate passes.',
    remedy: 'set failurePolicy Fail'
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
  CertificateNotYetValid: {
    meaning: 'The certificate is not valid yet: peers refuse it.',
    remedy: "check the clock of the agent's node"
  },
  NotRotated: {
    meaning: 'The serial number did not change in the time given.',
    remedy: 'wait for more than half the lifetime, or check the agent'
  }
} as const
