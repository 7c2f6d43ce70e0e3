import { constants, fstatSync, readFileSync, write, writeSync } from 'node:fs'

/** Bytes gathered before a write, for some forty decisions under load. */
const enough = 16_000

/** Milliseconds after which the first of the gathered lines is written, and after which a failed write is tried again. */
const longestDelay = 200

/** Milliseconds until a pipe that is full is tried again. */
const pipeInterval = 10

/** How often a pipe that is full is tried again at the end of the process: for one second. */
const lastTries = 100

/** Bytes that wait while nothing can be written, for some 700 decisions; lines beyond them are lost. */
const longestWait = 262_144

/** UTF-8 has three bytes at most for what is one character of a string. */
const widest = 3

/** Standard output as the log's destination. Nothing that happens to it ends the process, or holds it up. */
export interface StandardOutput {
  readonly write: (line: string) => void
  /** Lines that were not written because there was no room to keep them, or nobody to read them. */
  readonly lost: () => number
  /** Writes what is still kept, if that is possible; to be called last. */
  readonly flush: () => void
}

/**
 * What is on its way out. Of two buffers that take turns `bytes` is a part of one, being written or to be tried again; `lines`
 * gathers what comes after it. Bytes at once: texts that wait would be copied whenever the young generation is collected.
 */
interface Output {
  readonly fd: number
  /** A write does not wait for a reader, so it needs no thread: what was taken is known at once, at a fault's exit too. */
  readonly atOnce: boolean
  lines: Buffer
  /** Bytes in `lines`. */
  gathered: number
  other: Buffer
  bytes: Buffer
  busy: boolean
  /** The last write failed: the next one waits for its time. */
  failed: boolean
  /** The reader has closed its end. */
  gone: boolean
  /** Runs only while there is something to write, so that it does not wake a quiet server. */
  timer: NodeJS.Timeout | undefined
}

const none = Buffer.alloc(0)

/** Opens standard output: a full disk or a stuck reader costs lines, and a reader that is gone costs all of them. */
export function standardOutput(fd = 1): StandardOutput {
  const output: Output = {
    fd,
    atOnce: isAtOnce(fd),
    lines: Buffer.allocUnsafeSlow(longestWait),
    gathered: 0,
    other: Buffer.allocUnsafeSlow(longestWait),
    bytes: none,
    busy: false,
    failed: false,
    gone: false,
    timer: undefined
  }
  let lost = 0
  return {
    write: (line) => {
      if (output.gone || !hasRoom(output, line)) {
        lost++
        return
      }
      output.gathered += output.lines.write(line, output.gathered)
      if (output.gathered >= enough && !output.failed) send(output)
      else sendLater(output, longestDelay)
    },
    lost: () => lost,
    flush: () => sendAtLast(output)
  }
}

/** A file, or a pipe as Node makes it; never a terminal, which somebody can stop. */
function isAtOnce(fd: number): boolean {
  if (fstatSync(fd).isFile()) return true
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1]
    return (Number.parseInt(flags ?? '0', 8) & constants.O_NONBLOCK) !== 0
  } catch {
    // Not Linux.
    return false
  }
}

function hasRoom({ lines, gathered }: Output, line: string): boolean {
  const room = lines.length - gathered
  return line.length * widest <= room || Buffer.byteLength(line) <= room
}

function take(output: Output): void {
  if (output.bytes.length > 0) return
  const { lines, other, gathered } = output
  output.bytes = lines.subarray(0, gathered)
  output.lines = other
  output.other = lines
  output.gathered = 0
}

function sendLater(output: Output, delay: number): void {
  if (output.timer !== undefined) return
  const due = (): void => {
    output.timer = undefined
    send(output)
  }
  output.timer = setTimeout(due, delay).unref()
}

function send(output: Output): void {
  if (output.busy) return
  take(output)
  if (output.bytes.length === 0) return
  if (output.atOnce) sendNow(output)
  else sendAside(output)
}

function sendNow(output: Output): void {
  try {
    while (output.bytes.length > 0) {
      output.bytes = output.bytes.subarray(writeSync(output.fd, output.bytes))
    }
    output.failed = false
  } catch (error) {
    putOff(output, error as NodeJS.ErrnoException)
    return
  }
  sendRest(output)
}

function sendAside(output: Output): void {
  output.busy = true
  write(output.fd, output.bytes, (error, written) => {
    output.busy = false
    if (error !== null) return putOff(output, error)
    output.failed = false
    output.bytes = output.bytes.subarray(written)
    sendRest(output)
  })
}

function sendRest(output: Output): void {
  if (output.bytes.length > 0 || output.gathered >= enough) send(output)
  else if (output.gathered > 0) sendLater(output, longestDelay)
}

function putOff(output: Output, { code }: NodeJS.ErrnoException): void {
  output.failed = true
  if (code !== 'EPIPE') {
    sendLater(output, code === 'EAGAIN' ? pipeInterval : longestDelay)
    return
  }
  output.gone = true
  output.bytes = none
  output.gathered = 0
}

function sendAtLast(output: Output): void {
  // A thread writes it, and the process does not end before that.
  if (output.busy) {
    pause()
    output.bytes = none
  }
  for (let tries = 0; tries < lastTries; ) {
    take(output)
    if (output.bytes.length === 0) return
    try {
      output.bytes = output.bytes.subarray(writeSync(output.fd, output.bytes))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      tries++
      pause()
    }
  }
}

/** Holds the process up for a moment; only at its end. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pipeInterval)
}
