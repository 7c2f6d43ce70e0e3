import type { CertificateStore } from '../../src/certificates/store.ts'

/** A certificate store in memory with the API server's rules for versions: a stand-in for a cluster. */
export interface MemoryStore extends CertificateStore {
  /** What API servers trust for each entry of the two configurations. */
  readonly bundles: () => readonly string[]
  /** Somebody else's write, as an administrator or another tool would do it. */
  readonly setBundles: (text: string) => void
  readonly setSecret: (data: Readonly<Record<string, string>> | undefined) => void
  readonly secret: () => Readonly<Record<string, string>> | undefined
  /** Every call rejects with this, until it is undefined again. */
  readonly fail: (error: Error | undefined) => void
  /** Reading the configurations rejects with this, until it is undefined again. */
  readonly failBundles: (error: Error | undefined) => void
  /** Every later write rejects with this, or with `false` is answered as if somebody had been faster. */
  readonly refuseWrites: (answer: Error | false) => void
  /** How many calls have changed something, or tried to. */
  readonly writes: () => number
}

const entries = { mutating: 1, validating: 3 } as const

/** Starts with empty caBundles and no Secret; each call takes up to `delay` milliseconds. */
export function memoryStore(delay = 0): MemoryStore {
  let version = 1
  let failure: Error | undefined
  let bundlesFailure: Error | undefined
  let refusal: Error | false | undefined
  let writes = 0
  let secret: { data: Readonly<Record<string, string>>; version: number } | undefined
  const configurations = new Map(
    Object.entries(entries).map(([name, count]) => [
      name,
      { version: 0, caBundles: Array.from({ length: count }, () => '') as readonly string[] }
    ])
  )
  const call = async <T>(answer: () => T): Promise<T> => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * delay))
    if (failure !== undefined) throw failure
    return answer()
  }
  const write = (answer: () => boolean): Promise<boolean> =>
    call(() => {
      if (refusal === undefined) return answer()
      writes += 1
      if (refusal === false) return false
      throw refusal
    })
  const changed = (): true => {
    version += 1
    writes += 1
    return true
  }
  return {
    readSecret: () =>
      call(() =>
        secret === undefined
          ? undefined
          : { data: secret.data, resourceVersion: String(secret.version) }
      ),
    createSecret: (data) =>
      write(() => {
        if (secret !== undefined) return false
        changed()
        secret = { data, version }
        return true
      }),
    replaceSecret: (data, resourceVersion) =>
      write(() => {
        if (secret === undefined || String(secret.version) !== resourceVersion) return false
        changed()
        secret = { data, version }
        return true
      }),
    readBundles: () =>
      call(() => {
        if (bundlesFailure !== undefined) throw bundlesFailure
        return [...configurations].map(([configuration, held]) => ({
          configuration,
          resourceVersion: String(held.version),
          caBundles: held.caBundles
        }))
      }),
    writeBundles: (stored, caBundles) =>
      write(() => {
        const held = configurations.get(stored.configuration)
        if (held === undefined || String(held.version) !== stored.resourceVersion) return false
        changed()
        configurations.set(stored.configuration, { version, caBundles })
        return true
      }),
    bundles: () => [...configurations.values()].flatMap(({ caBundles }) => caBundles),
    setBundles: (text) => {
      for (const [name, { caBundles }] of configurations) {
        changed()
        configurations.set(name, { version, caBundles: caBundles.map(() => text) })
      }
    },
    setSecret: (data) => {
      changed()
      secret = data === undefined ? undefined : { data, version }
    },
    secret: () => secret?.data,
    fail: (error) => {
      failure = error
    },
    failBundles: (error) => {
      bundlesFailure = error
    },
    refuseWrites: (answer) => {
      refusal = answer
    },
    writes: () => writes
  }
}
