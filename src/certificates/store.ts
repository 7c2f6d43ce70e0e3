/** The Secret as it was read: its data decoded, and the version that a write must still find. */
export interface StoredSecret {
  readonly data: Readonly<Record<string, string>>
  readonly resourceVersion: string
}

/** The caBundles of one webhook configuration: one PEM text for each of its entries, in order. */
export interface StoredBundles {
  readonly configuration: string
  readonly resourceVersion: string
  readonly caBundles: readonly string[]
}

/** Where certificates are kept. Writes name the version they change: `false` says that somebody was faster. */
export interface CertificateStore {
  /** Undefined where there is no such Secret. */
  readonly readSecret: () => Promise<StoredSecret | undefined>
  readonly createSecret: (data: Readonly<Record<string, string>>) => Promise<boolean>
  readonly replaceSecret: (
    data: Readonly<Record<string, string>>,
    resourceVersion: string
  ) => Promise<boolean>
  /** The configurations that exist. */
  readonly readBundles: () => Promise<readonly StoredBundles[]>
  readonly writeBundles: (bundles: StoredBundles, caBundles: readonly string[]) => Promise<boolean>
}
