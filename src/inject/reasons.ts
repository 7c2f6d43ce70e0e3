/** What one word of a closed list says: what it means, and what to do; an empty remedy asks for nothing. */
export interface ReasonText {
  readonly meaning: string
  readonly remedy: string
}

/** Why a proxy of a labelled namespace may stay on istiod: inject skips it, the guard and `verify` warn. */
export const leftOnIstiod = {
  OptedOut: {
    onlyWarns: true,
    meaning:
      'The pod opts out by the label spiffe-webhook/inject=false, so its proxy stays on the CA of istiod.',
    remedy: 'remove the label spiffe-webhook/inject to move it'
  },
  ProxylessGrpc: {
    onlyWarns: true,
    meaning:
      'Proxyless gRPC (DISABLE_ENVOY=true) cannot use an external SDS socket, so the pod stays on the CA of istiod.',
    remedy: 'use a sidecar with Envoy, or leave the pod on istiod'
  }
} as const

/** The pod is on the Workload API. */
const injected = {
  Injected: {
    meaning: 'The proxy was moved onto the Workload API socket.',
    remedy: ''
  },
  AlreadyInjected: {
    meaning: 'Everything is as it should be already; nothing to change.',
    remedy: ''
  },
  RepairedTemplate: {
    meaning:
      'The proxy was in both container lists, the second a stub of the old spire template: it was removed and the real one moved.',
    remedy: 'remove the annotation inject.istio.io/templates that the warning names'
  }
} as const

/** The pod is left as it is. */
const skipped = {
  NoIstioProxy: {
    meaning: 'The pod has no container of Istio that runs a proxy, so there is nothing to move.',
    remedy: 'label the namespace istio-injection=enabled if there should be one'
  }
} as const

/** The pod is refused. */
const refused = {
  InPodAgent: {
    meaning:
      'Another container of the pod may write where the proxy looks for its socket, as an agent in the pod does.',
    remedy:
      'remove the agent from the pod, mount the volume readOnly if the container only uses the socket, or label the pod spiffe-webhook/inject=false'
  },
  UserVolumeConflict: {
    meaning:
      'An annotation makes Istio mount another volume where the Workload API socket belongs.',
    remedy:
      'remove the annotations sidecar.istio.io/userVolume and sidecar.istio.io/userVolumeMount'
  },
  MountPathConflict: {
    meaning: 'Another volume is mounted where the Workload API socket belongs.',
    remedy: 'mount the other volume elsewhere'
  },
  BrokenInjection: {
    meaning: 'The proxy is in both container lists, and neither copy is a mere stub.',
    remedy:
      'remove the annotation inject.istio.io/templates, or the proxy container of the default templates'
  },
  AppContainerNotFound: {
    meaning: 'The annotation names an application container that the pod does not have.',
    remedy: "name one of the pod's application containers, or *"
  },
  Malformed: {
    meaning: 'The object is not what Kubernetes would send.',
    remedy: 'send the object as Kubernetes would'
  }
} as const

/** Said beside the reason that decided. */
const warned = {
  ForeignWorkloadCerts: {
    meaning:
      'A volume that is not the empty directory of Istio is named workload-certs, or mounted where pilot-agent looks for certificates, so it was kept.',
    remedy:
      'rename the volume or mount it elsewhere, unless pilot-agent must read certificates from it'
  },
  ProxyTooOld: {
    meaning: 'The proxy is of an Istio that cannot use the Workload API socket as configured.',
    remedy: 'upgrade the proxy to the version that the warning names'
  },
  OtherSocketFile: {
    meaning:
      'An environment variable names another socket file than the configuration of the webhook.',
    remedy: "remove the variable, or set inject.socketFile to the agent's socket file"
  }
} as const

/** The reasons for which a pod is on the Workload API. */
export type InjectedReason = keyof typeof injected

/** The reasons that leave a pod as it is, written as `skipped: <Reason>` into its status annotation. */
export type SkipReason = keyof typeof skipped | keyof typeof leftOnIstiod

/** The reasons that refuse a pod. */
export type RefuseReason = keyof typeof refused

/** One word of the closed list. */
export type InjectReason = InjectedReason | SkipReason | RefuseReason | keyof typeof warned

/** Every reason by what it decides of a pod; the last only warn. */
export const injectDecisions: readonly {
  readonly decision: 'injected' | 'skipped' | 'refused' | undefined
  readonly reasons: Readonly<Partial<Record<InjectReason, ReasonText>>>
}[] = [
  { decision: 'injected', reasons: injected },
  { decision: 'skipped', reasons: { ...skipped, ...leftOnIstiod } },
  { decision: 'refused', reasons: refused },
  { decision: undefined, reasons: warned }
]

/**
 * Why a pod was changed, left alone or refused: the same word in annotation, warning, audit annotation, log,
 * metric, command line and documentation.
 */
export const injectReasons: Readonly<Record<InjectReason, ReasonText>> = {
  ...injected,
  ...skipped,
  ...leftOnIstiod,
  ...refused,
  ...warned
}
