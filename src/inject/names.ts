/** The whole name of an entry of our webhook configurations: `inject.spiffe-webhook.internal`. */
export const webhookName = (entry: string): string => `${entry}.spiffe-webhook.internal`

/** Namespace label that opts in: pods created there are moved, and guaranteed to be. */
export const optInLabel: { readonly key: string; readonly value: string } = {
  key: 'spiffe-webhook/injection',
  value: 'enabled'
}

/** Pod label that opts one pod out, where the configuration allows it. */
export const optOutLabel: { readonly key: string; readonly value: string } = {
  key: 'spiffe-webhook/inject',
  value: 'false'
}

/** Pod annotation that says what was done: `injected`, or `skipped: <Reason>`. */
export const statusAnnotation = 'spiffe-webhook/status'

/** Pod annotation that names application containers which get the socket too: `front-end,cart`, or `*`. */
export const appContainersAnnotation = 'spiffe-webhook/app-containers'

/** Volume of the Workload API socket (istio pkg/security/security.go and every injection template). */
export const workloadSocket = 'workload-socket'

/** Volume of file certificates (istio injection-template.yaml); Istio leaves it an empty directory. */
export const workloadCerts = 'workload-certs'

/** Name of the proxy's container (istio pkg/kube/inject ProxyContainerName). */
export const istioProxyName = 'istio-proxy'

/** Pod annotation that picks Istio's injection templates (istio api/annotation InjectTemplates). */
export const templatesAnnotation = 'inject.istio.io/templates'

/** Where the ServiceAccount admission plugin mounts the API token (plugin/pkg/admission/serviceaccount). */
export const apiTokenMountPath = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Env of SPIFFE client libraries (SPIFFE Workload Endpoint standard, section 4). */
export const endpointSocketEnv = 'SPIFFE_ENDPOINT_SOCKET'

/** Pod annotation that makes Istio add volumes to the pod (istio api/annotation SidecarUserVolume). */
export const userVolumeAnnotation = 'sidecar.istio.io/userVolume'

/** Pod annotations that make Istio add a volume to the pod and mount it in istio-proxy (istio api/annotation). */
export const userVolumeAnnotations: readonly string[] = [
  userVolumeAnnotation,
  'sidecar.istio.io/userVolumeMount'
]

/** Where pilot-agent looks for three PEM files (istio pkg/security/security.go WorkloadIdentityCredentialsPath). */
export const workloadCertsMountPath = '/var/run/secrets/workload-spiffe-credentials'
