import { parseArgs } from 'node:util'

/** How long and how rough a soak is; times in seconds. */
export interface Settings {
  /** Pods admitted before it ends. */
  readonly admissions: number
  /** Minutes after which it ends with fewer; 0 for as many as it takes. */
  readonly minutes: number
  readonly connections: number
  readonly leafLifetime: number
  readonly caLifetime: number
  /** Between two kills of a replica. */
  readonly killEvery: number
  /** Restarts of the API server, spread over the run. */
  readonly restarts: number
  /** By how much a replica's clock is wrong, ahead for a fifth of the run and behind for the next. */
  readonly skew: number
}

/** A leaf of 90 s is renewed about each minute: at two thirds of its life, which began a tenth before it was made. */
const defaults = {
  admissions: '1000000',
  minutes: '0',
  connections: '8',
  'leaf-lifetime': '90',
  'ca-lifetime': '300',
  'kill-every': '120',
  restarts: '2',
  skew: '8'
} as const

/** Reads the flags of `npm run soak`. */
export function readSettings(args: readonly string[]): Settings {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [
      name,
      { type: 'string' as const, default: value }
    ])
  )
  const { values } = parseArgs({ args: [...args], options })
  const number = (name: keyof typeof defaults): number => {
    const value = Number(values[name])
    if (!Number.isFinite(value) || value < 0) throw new Error(`--${name}: must be a number`)
    return value
  }
  return {
    admissions: number('admissions'),
    minutes: number('minutes'),
    connections: number('connections'),
    leafLifetime: number('leaf-lifetime'),
    caLifetime: number('ca-lifetime'),
    killEvery: number('kill-every'),
    restarts: number('restarts'),
    skew: number('skew')
  }
}
