/** What a person should look at: exit code 1 with --strict alone. */
export const warnings = {
  InjectionFailsOpen: {
    meaning: 'While no replica answers, pods are created on the CA of istiod.',
    remedy: 'set failurePolicy Fail on the injecting webhook'
  },
  WarningFailsClosed: {
    meaning: 'While no replica answers, a webhook that only warns refuses.',
    remedy: 'set failurePolicy Ignore on the webhook that warns'
  },
  ReplicasMissing: {
    meaning: 'Fewer replicas of the webhook are ready than wanted.',
    remedy: 'check the Deployment of the webhook'
  },
  ReplicasDiffer: {
    meaning: 'Replicas of the webhook run different images.',
    remedy: 'wait for the rollout, or finish it'
  },
  ReplicasOutdated: {
    meaning: 'A replica started with another configuration than is installed.',
    remedy: 'restart the Deployment of the webhook'
  },
  CallsFailedOpen: {
    meaning:
      'Requests passed unjudged because no replica answered a webhook with failurePolicy Ignore.',
    remedy: 'run verify to find what they created, and set failurePolicy Fail'
  },
  ReplicaCertificateDiffers: {
    meaning: 'A replica serves another certificate than its Secret holds.',
    remedy: 'wait a minute after a renewal; then restart the replica'
  },
  ObjectDiffers: {
    meaning: 'An object of the chart is missing or changed; the webhook works without it.',
    remedy: 'upgrade the chart, or put the change into its values'
  },
  RightAdded: {
    meaning: 'A role or binding of the chart gives more than the chart rendered.',
    remedy: 'upgrade the chart, and find out who added the right'
  },
  TimeoutChanged: {
    meaning: 'timeoutSeconds of a webhook is not the one that the chart rendered.',
    remedy: 'upgrade the chart, or set timeoutSeconds in its values'
  },
  EntryWidened: {
    meaning: 'A webhook or the policy is asked about more than the chart renders.',
    remedy: 'upgrade the chart'
  },
  EntryUnknown: {
    meaning: 'Our configuration has a webhook that this version does not render.',
    remedy: 'remove the webhook, or upgrade the chart'
  },
  WarningNarrowed: {
    meaning: 'A webhook that only warns is asked about less than it should be.',
    remedy: 'upgrade the chart, or remove the change that the finding names'
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
  RouteToSocket: {
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
export const notes = {
  VersionSkew: {
    meaning: 'The chart and this program are of different versions.',
    remedy: 'run the verify of the installed version to compare everything'
  },
  TrustDomainUnknown: {
    meaning: 'The trust domain of moved sidecars is not known, so it was not compared.',
    remedy: 'name it with --trust-domain, or ask the Envoys with --exec'
  },
  CallsFailed: {
    meaning:
      'Requests were refused because no replica answered, at some time since the API server started.',
    remedy: 'compare with the times of installations and outages'
  },
  KnownAddition: {
    meaning: 'The platform added a selector by itself, and no labelled namespace is left out.',
    remedy: ''
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
