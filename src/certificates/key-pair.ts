/** A serving key pair, both halves as PEM text. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

/** Where the server takes its key pair from, now and after every rotation. */
export interface KeyPairSource {
  /** The pair to serve with; undefined until the first one is there. */
  readonly current: () => KeyPair | undefined
  /** Calls back with every later pair; answers how to stop that. */
  readonly onChange: (listener: (pair: KeyPair) => void) => () => void
  /** Empty where nothing is missing; otherwise one sentence a reason why the source is not ready. */
  readonly notReady: () => readonly string[]
  /** Ends whatever the source has running. */
  readonly stop: () => Promise<void>
}
