import { write, writeSync } from 'node:fs'

/** Characters gathered before a write, for some forty decisions under load. */
const bufferSize = 16_000

/** Milliseconds after which the first of the gathered lines is written, and after which a failed write is tried again. */
const longestDelay = 200

/** Milliseconds until a pipe that is full is tried again. */
const pipeInterval = 10

/** How often a pipe that is full is tried again at the end of the process: for one second. */
const lastTries = 100

/** Characters that wait while nothing can be written, for some 700 decisions; lines beyond them are lost. */
const longestWait = 262_144

/** Standard output as the log's destination. Nothing that happens to it ends the process, or holds it up. */
export interface StandardOutput {
  readonly write: (line: string) => void
  /** Lines that were not written because there was no room to keep them, or nobody to read them. */
  readonly lost: () => number
  /** Writes what is still kept, if that is possible; to be called last. */
  readonly flush: () => void
}

/** What is on its way out. `bytes` are being written, or are to be tried again; `lines` come after them. */
interface Output {
  readonly fd: number
  lines: string
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
    lines: '',
    bytes: none,
    busy: false,
    failed: false,
    gone: false,
    timer: undefined
  }
  let lost = 0
  return {
    write: (line) => {
      if (output.gone || output.lines.length + line.length > longestWait) {
        lost++
        return
      }
      output.lines += line
      if (output.lines.length >= bufferSize && !output.failed) send(output)
      else sendLater(output, longestDelay)
    },
    lost: () => lost,
    flush: () => sendAtLast(output)
  }
}

function take(output: Output): void {
  if (output.bytes.length > 0) return
  output.bytes = Buffer.from(output.lines)
  output.lines = ''
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
  output.busy = true
  write(output.fd, output.bytes, (error, written) => {
    output.busy = false
    output.failed = error !== null
    if (error !== null) return putOff(output, error)
    output.bytes = output.bytes.subarray(written)
    if (output.bytes.length > 0 || output.lines.length >= bufferSize) send(output)
    else if (output.lines !== '') sendLater(output, longestDelay)
  })
}

function putOff(output: Output, { code }: NodeJS.ErrnoException): void {
  if (code !== 'EPIPE') {
    sendLater(output, code === 'EAGAIN' ? pipeInterval : longestDelay)
    return
  }
  output.gone = true
  output.bytes = none
  output.lines = ''
}

function sendAtLast(output: Output): void {
  // What is being written just now is the kernel's already.
  if (output.busy) output.bytes = none
  for (let tries = 0; tries < lastTries; ) {
    take(output)
    if (output.bytes.length === 0) return
    try {
      output.bytes = output.bytes.subarray(writeSync(output.fd, output.bytes))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      tries++
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pipeInterval)
    }
  }
}
