import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyPair, KeyPairSource } from './key-pair.ts'

/** What the watcher needs beside its folder. */
export interface WatchFilesDeps {
  /** One sentence for a person; the pair in use stays. */
  readonly warn: (message: string) => void
  /** Milliseconds between looks; a Secret's `..data` link swaps within this. */
  readonly interval?: number
}

/** File names of a kubernetes.io/tls Secret (k8s.io/api/core/v1 TLSCertKey, TLSPrivateKeyKey). */
const files = { cert: 'tls.crt', key: 'tls.key' } as const

/**
 * Serves the pair in `directory` and follows it: kubelet swaps a mounted Secret by renaming the link `..data`,
 * and a person by writing two files, one after the other. Both are read again at every look, so no kind of
 * change is missed; a pair whose halves do not match yet is left alone. Throws where there is no pair at first.
 */
export function watchFiles(
  directory: string,
  { warn, interval = 1000 }: WatchFilesDeps
): KeyPairSource {
  const first = readPair(directory)
  if ('fault' in first) {
    throw new Error(
      `${first.fault}: put tls.crt and tls.key there, or make a local pair with npm run certs`,
      {
        cause: { code: 'NoKeyPair', path: directory }
      }
    )
  }
  let pair: KeyPair = first
  let complained = ''
  const listeners = new Set<(pair: KeyPair) => void>()
  const look = (): void => {
    const read = readPair(directory)
    if ('fault' in read) {
      if (read.fault !== complained) warn(`${read.fault}: the pair in use stays`)
      complained = read.fault
      return
    }
    complained = ''
    if (read.cert === pair.cert && read.key === pair.key) return
    pair = read
    for (const listener of listeners) listener(pair)
  }
  const timer = setInterval(look, interval)
  timer.unref()
  return {
    current: () => pair,
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    notReady: () => [],
    stop: async () => clearInterval(timer)
  }
}

function readPair(directory: string): KeyPair | { readonly fault: string } {
  const cert = readText(join(directory, files.cert))
  if (cert.text === undefined) return { fault: cert.fault }
  const key = readText(join(directory, files.key))
  if (key.text === undefined) return { fault: key.fault }
  const fault = mismatch(cert.text, key.text)
  return fault === undefined
    ? { cert: cert.text, key: key.text }
    : { fault: `${directory}: ${fault}` }
}

function readText(
  file: string
): { readonly text: string } | { readonly text: undefined; readonly fault: string } {
  try {
    return { text: readFileSync(file, 'utf8') }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { text: undefined, fault: `${file} cannot be read (${why})` }
  }
}

/** Why the two halves are no pair, if so. */
function mismatch(cert: string, key: string): string | undefined {
  try {
    const belongs = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
    return belongs ? undefined : 'tls.key does not belong to tls.crt'
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return `tls.crt and tls.key are no PEM pair (${why})`
  }
}
