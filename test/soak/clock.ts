import { closeSync, fstatSync, globSync, openSync, readSync, writeFileSync } from 'node:fs'

/** A clock of one process that can be set while it runs: libfaketime of Debian's package faketime. */
export interface Clock {
  readonly env: NodeJS.ProcessEnv
  /** Seconds by which it is wrong from now on, negative for behind; the process notices within a second. */
  readonly set: (seconds: number) => void
}

/** A clock that is right at first; `file` holds by how much it is wrong. The monotonic clock stays as it is. */
export function makeClock(file: string): Clock {
  const [library] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')
  if (library === undefined) throw new Error('libfaketime is missing: apt-get install faketime')
  const set = (seconds: number): void =>
    writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}s\n`)
  set(0)
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1'
    },
    set
  }
}

/** By how many seconds the last line of a log is ahead of the time when it was written; 0 while that line is being written. */
export function readClock(log: string): number {
  const fd = openSync(log, 'r')
  try {
    const { size, mtimeMs } = fstatSync(fd)
    const buffer = Buffer.alloc(2000)
    const text = buffer.toString('utf8', 0, readSync(fd, buffer, 0, 2000, Math.max(0, size - 2000)))
    const last = /"time":"([^"]+)"[^\n]*\n$/.exec(text)?.[1]
    return last === undefined ? 0 : (Date.parse(last) - mtimeMs) / 1000
  } finally {
    closeSync(fd)
  }
}
