import { readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

interface Process {
  readonly pid: number
  readonly parent: number
  readonly started: string
}

const lookUp = (pid: number): Process | undefined => {
  try {
    // The name, in brackets, may hold spaces: count the fields from behind it (proc(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    if (fields[0] === 'Z') return undefined
    return { pid, parent: Number(fields[1]), started: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

const program = (pid: number): string => {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`))
  } catch {
    return ''
  }
}

const title = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

const isRunner = ({ pid, parent }: Process): boolean =>
  program(pid).startsWith('node') || title(parent).startsWith('npm ')

/** The unbroken line of Node processes above this one (tap, npm) and the shells of npm's scripts. */
const runners = (): Process[] => {
  const line: Process[] = []
  for (let next = lookUp(process.ppid); next !== undefined; next = lookUp(next.parent)) {
    if (!isRunner(next)) break
    line.push(next)
  }
  return line
}

/** Calls back once a process that runs this one, such as npm or tap, is gone: killed, most likely. */
export const watchRunners = (gone: () => void): (() => void) => {
  const watched = runners()
  const timer = setInterval(() => {
    if (watched.every(({ pid, started }) => lookUp(pid)?.started === started)) return
    clearInterval(timer)
    gone()
  }, 500)
  timer.unref()
  return () => clearInterval(timer)
}
