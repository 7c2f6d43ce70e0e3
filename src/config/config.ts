/* Generated from schema.ts by npm run generate; do not edit. */

/** What injection sets in a pod. */
export interface InjectConfig {
  /** Name of the CSI driver that mounts the Workload API socket into pods. */
  readonly csiDriver: string
  /**
   * File name of the socket in its directory. Any name other than `socket` also sets
   * WORKLOAD_IDENTITY_SOCKET_FILE (Istio 1.23 or newer), and pilot-agent then fails if that file is
   * missing.
   */
  readonly socketFile: string
  /**
   * Where the proxy mounts the socket directory. /var/run/secrets/workload-spiffe-uds must be one
   * of them, since pilot-agent and Envoy hardcode it; the first one is used in CA_ADDR.
   */
  readonly mountPaths: readonly string[]
  /**
   * Where application containers named by the pod annotation spiffe-webhook/app-containers mount
   * the socket directory.
   */
  readonly applicationMountPath: string
  /**
   * Additional environment of the proxy; it may also replace CA_ADDR, PILOT_CERT_PROVIDER and
   * WORKLOAD_IDENTITY_SOCKET_FILE.
   */
  readonly env: Readonly<Record<string, string>>
  /** Labels added to a moved pod, for example for the podSelector of a ClusterSPIFFEID. */
  readonly labels: Readonly<Record<string, string>>
  /**
   * Whether the pod label spiffe-webhook/inject=false opts a pod out. If false, the label is
   * ignored.
   */
  readonly allowOptOut: boolean
}

/** A host path that strict mode allows, in the words of PodSecurityPolicy's allowedHostPaths. */
export interface AllowedHostPath {
  /** It and everything below it, by whole segments, may be mounted. */
  readonly pathPrefix: string
  /** Whether every mount of such a volume must be readOnly. */
  readonly readOnly: boolean
}

/** A workload that may mount host paths. */
export interface Exemption {
  /** Its namespace, exactly. */
  readonly namespace: string
  /** Its service account, exactly. */
  readonly serviceAccount: string
  /** The host paths it may mount, compared after cleaning and aliasing. */
  readonly paths: readonly string[]
  /** Drivers of guard.deniedCsiDrivers that its volumes may name, as for a nested SPIRE agent. */
  readonly csiDrivers?: readonly string[]
  /** Whether it may also set hostPID. */
  readonly hostPID?: boolean
  /** Users that may create its pods; absent: anyone. Pod templates are judged without it. */
  readonly creators?: readonly string[]
  /** Users that may add ephemeral containers to its pods; absent: no one. */
  readonly debuggers?: readonly string[]
}

/** What the guard refuses, warns about and exempts. */
export interface GuardConfig {
  /**
   * `optedIn`: refuse in labelled namespaces and warn elsewhere; `cluster`: refuse everywhere.
   * PersistentVolumes are refused in both.
   */
  readonly scope: 'optedIn' | 'cluster'
  /**
   * Namespaces, by exact name, that the webhook is never asked about. For `check`, `plan` and
   * `policy`; the webhooks themselves are excluded by their namespaceSelector.
   */
  readonly excludedNamespaces: readonly string[]
  /** Directories of the node that hold a Workload API socket. */
  readonly protectedPaths: readonly string[]
  /** Windows named pipes of a Workload API. */
  readonly protectedPipes: readonly string[]
  /**
   * Symbolic links of the node: a path at or below the key is judged as the value. The first key
   * that matches is followed, once. `/var/run` is added where it is not named.
   */
  readonly aliases: Readonly<Record<string, string>>
  /** Root directories of kubelets (--root-dir). */
  readonly kubeletRoots: readonly string[]
  /** CSI drivers that hand out another agent's socket. */
  readonly deniedCsiDrivers: readonly string[]
  /**
   * Container runtime sockets and the folders of such, which give root on the node: treated as
   * nodePrivileges says.
   */
  readonly containerRuntimeSockets: readonly string[]
  /**
   * Folders from which programs of the node take plugins, devices, pods, units or their own
   * settings, so that a file put there is root on the node; device-plugins, plugins and pki of each
   * kubelet root are among them. Treated as nodePrivileges says.
   */
  readonly nodeFolders: readonly string[]
  /**
   * Strict mode: every host path that is not below one of these prefixes is refused. Absent: the
   * default mode.
   */
  readonly allowedHostPaths?: readonly AllowedHostPath[]
  /**
   * What happens to hostPID, privileged containers and the other privileges that Pod Security
   * baseline forbids, to container runtime sockets and to nodeFolders: `warn` or `deny`.
   */
  readonly nodePrivileges: 'warn' | 'deny'
  /**
   * Workloads that may mount host paths: exact namespace, serviceAccount and paths; optionally
   * hostPID, creators (users that create the pods) and debuggers (users that may add ephemeral
   * containers).
   */
  readonly exemptions: readonly Exemption[]
}

/** The HTTPS server. Durations are milliseconds, sizes are bytes. */
export interface ServerConfig {
  /**
   * Address to listen on. Use `::` where pods have only IPv6 addresses; it accepts IPv4 too on
   * dual-stack nodes.
   */
  readonly host: string
  /** Port of the webhooks (TLS). */
  readonly port: number
  /** Port of /livez, /readyz and /metrics (plain HTTP). */
  readonly probesPort: number
  /**
   * Maximum size of a request body in bytes. A review of an UPDATE carries two objects of up to 3
   * MiB each.
   */
  readonly bodyLimit: number
  /**
   * Milliseconds for the headers and body of a request; must be below the timeoutSeconds of the
   * webhooks.
   */
  readonly requestTimeout: number
  /**
   * Maximum number of open connections. When it is reached, a new one takes the place of one that
   * has completed no request, first from the address that has most of them.
   */
  readonly maxConnections: number
  /**
   * Milliseconds between SIGTERM and closing, so that the endpoints of the Service are updated
   * first.
   */
  readonly drainDelay: number
  /**
   * PEM file of a CA. If set, callers must present a client certificate signed by it (see the API
   * server flag --admission-control-config-file).
   */
  readonly clientCa?: string
}

/** selfSigned: the Secret that holds the CA and the serving certificate. */
export interface SecretName {
  /** Its namespace. */
  readonly namespace: string
  /** Its name. */
  readonly name: string
}

/** Where the serving certificate and its key come from. Durations are seconds. */
export interface CertificatesConfig {
  /**
   * `selfSigned`: the webhook creates and rotates its own CA and serving certificate in one Secret;
   * `certManager`: cert-manager does; `files`: a Secret of yours.
   */
  readonly mode: 'selfSigned' | 'certManager' | 'files'
  /** certManager, files: directory that holds tls.crt and tls.key, such as a mounted Secret. */
  readonly directory: string
  /** selfSigned: the Secret that holds the CA and the serving certificate. */
  readonly secret: SecretName
  /** selfSigned: DNS names and IP addresses in the serving certificate. */
  readonly dnsNames: readonly string[]
  /**
   * selfSigned, certManager: lifetime of the serving certificate in seconds; it is renewed after
   * two thirds of it.
   */
  readonly leafLifetime: number
  /**
   * selfSigned, certManager: lifetime of the CA in seconds, at least twice leafLifetime; it is
   * renewed after two thirds of it.
   */
  readonly caLifetime: number
  /**
   * selfSigned: name of the MutatingWebhookConfiguration whose caBundles are kept up to date; empty
   * for none.
   */
  readonly mutatingWebhookConfiguration: string
  /**
   * selfSigned: name of the ValidatingWebhookConfiguration whose caBundles are kept up to date;
   * empty for none.
   */
  readonly validatingWebhookConfiguration: string
}

/** The log on standard output, one JSON object on each line. */
export interface LogConfig {
  /** Minimum log level. */
  readonly level: 'debug' | 'info' | 'warn' | 'error'
}

/** A whole, checked configuration: every default filled in. */
export interface Config {
  /** What injection sets in a pod. */
  readonly inject: InjectConfig
  /** What the guard refuses, warns about and exempts. */
  readonly guard: GuardConfig
  /** The HTTPS server. Durations are milliseconds, sizes are bytes. */
  readonly server: ServerConfig
  /** Where the serving certificate and its key come from. Durations are seconds. */
  readonly certificates: CertificatesConfig
  /** The log on standard output, one JSON object on each line. */
  readonly log: LogConfig
}
