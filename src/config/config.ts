/** One host path rule of the strict mode, in the words of PodSecurityPolicy's allowedHostPaths. */
export interface AllowedHostPath {
  /** Absolute path; it and everything below it, by whole segments, may be mounted. */
  readonly pathPrefix: string
  /** True where every mount of such a volume must be readOnly. */
  readonly readOnly: boolean
}

/** An administrator's exemption: one workload, by exact namespace and service account, and the paths it may mount. */
export interface Exemption {
  readonly namespace: string
  readonly serviceAccount: string
  /** Exact host paths, compared after cleaning and aliasing. */
  readonly paths: readonly string[]
  /** True silences the warning about hostPID. */
  readonly hostPID?: boolean
  /** User names that may create such a Pod; absent means anyone. Pod templates are judged without it. */
  readonly creators?: readonly string[]
  /** User names that may add an ephemeral container to such a pod; absent means no one. */
  readonly debuggers?: readonly string[]
}

/** What `POST /inject` and `spiffe-webhook inject` set (docs/reference/configuration.md). */
export interface InjectConfig {
  readonly csiDriver: string
  readonly socketFile: string
  readonly mountPaths: readonly string[]
  readonly applicationMountPath: string
  readonly env: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly allowOptOut: boolean
}

/** What the guard refuses, warns about and exempts (docs/reference/configuration.md). */
export interface GuardConfig {
  readonly scope: 'optedIn' | 'cluster'
  readonly protectedPaths: readonly string[]
  readonly protectedPipes: readonly string[]
  readonly aliases: Readonly<Record<string, string>>
  readonly kubeletRoots: readonly string[]
  readonly deniedCsiDrivers: readonly string[]
  readonly containerRuntimeSockets: readonly string[]
  /** Absent: the default mode. Present: the strict mode, where every other host path is refused. */
  readonly allowedHostPaths?: readonly AllowedHostPath[]
  readonly nodePrivileges: 'warn' | 'deny'
  readonly exemptions: readonly Exemption[]
}

/** The HTTP edge; durations are milliseconds, sizes bytes. */
export interface ServerConfig {
  readonly host: string
  readonly port: number
  readonly probesPort: number
  readonly bodyLimit: number
  readonly requestTimeout: number
  readonly maxConnections: number
  /** How long SIGTERM waits for endpoints to clear before it closes. */
  readonly drainDelay: number
  /** PEM file of a CA; present: callers must show a client certificate signed by it. */
  readonly clientCa?: string
}

/** Where the serving key pair comes from; durations are seconds. */
export interface CertificatesConfig {
  readonly mode: 'selfSigned' | 'certManager' | 'files'
  /** certManager, files: folder that holds tls.crt and tls.key, for example a mounted Secret. */
  readonly directory: string
  /** selfSigned: the Secret that holds CA and leaf. */
  readonly secret: { readonly namespace: string; readonly name: string }
  /** selfSigned: the DNS names and IP addresses of the leaf. */
  readonly dnsNames: readonly string[]
  readonly leafLifetime: number
  readonly caLifetime: number
  /** selfSigned: the configurations whose caBundle is kept true; empty means none. */
  readonly mutatingWebhookConfiguration: string
  readonly validatingWebhookConfiguration: string
}

/** A whole, checked configuration: every default filled in. */
export interface Config {
  readonly inject: InjectConfig
  readonly guard: GuardConfig
  readonly server: ServerConfig
  readonly certificates: CertificatesConfig
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' }
}
