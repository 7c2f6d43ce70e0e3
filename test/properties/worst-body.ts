import { createAdmission } from '../../src/admission/admission.ts'
import type { Outcome } from '../../src/admission/review.ts'
import { countValues } from '../../src/server/count-values.ts'
import { makeLog } from '../../src/telemetry/log.ts'
import { defaultConfig } from '../config/default-config.ts'
import { tableExemptions } from '../guard/decision-table.ts'
import { bodyOf, type Genome, type Part, placeNames, requestNames } from './hostile-body.ts'

/** A body and what it cost: milliseconds of CPU time for each 64 KB, JSON.parse left out. */
export interface Costed {
  readonly genome: Genome
  readonly endpoint: string
  readonly cost: number
}

const guard = { ...defaultConfig.guard, exemptions: tableExemptions }
const engine = createAdmission({ ...defaultConfig, guard })
const strict = createAdmission({
  ...defaultConfig,
  guard: {
    ...guard,
    allowedHostPaths: [{ pathPrefix: '/data', readOnly: true }],
    nodePrivileges: 'deny'
  }
})
const log = makeLog({ level: 'info' }, { write: () => undefined })

/** Everything that the server does with a body beside JSON.parse and HTTP, by endpoint. */
const endpoints: Readonly<Record<string, (body: unknown) => Outcome>> = {
  inject: engine.inject,
  enforce: (body) => engine.guard('enforce', body),
  warn: (body) => engine.guard('warn', body),
  strict: (body) => strict.guard('enforce', body)
}

/** User and system time of this process in milliseconds, so that neighbours on the machine count little. */
const cpu = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function spend(text: string, body: unknown, decide: (body: unknown) => Outcome): number {
  const before = cpu()
  countValues(text)
  const outcome = decide(body)
  if (outcome.kind === 'answered') {
    JSON.stringify(outcome.review)
    log.decision('/x', outcome.record, 1)
  }
  return cpu() - before
}

/** Bytes that a body counts for at least: what any review costs is the bench's to say. */
const smallest = 8192

/** The worst endpoint for a body of this size; the least of some runs, as the machine has other work. */
export function costOf(genome: Genome, size: number, runs = 2): Costed {
  const text = bodyOf(genome, size)
  const body: unknown = JSON.parse(text)
  let worst: Costed = { genome, endpoint: '', cost: 0 }
  for (const [endpoint, decide] of Object.entries(endpoints)) {
    let least = Number.POSITIVE_INFINITY
    for (let run = 0; run < runs; run++) {
      const cost = (spend(text, body, decide) * 65_536) / Math.max(text.length, smallest)
      least = Math.min(least, cost)
      if (least <= worst.cost) break
    }
    if (least > worst.cost) worst = { genome, endpoint, cost: least }
  }
  return worst
}

const units = [
  ...[
    'a',
    '/',
    '/.',
    '/..',
    '..',
    '/run/spire',
    '/var/run/',
    '\\',
    '\\\\.\\pipe\\',
    '/proc/self/fd/'
  ],
  ...[
    '//',
    'C:\\',
    '\u0085',
    '\u0000',
    'é',
    '\ud800',
    ' ',
    '\n',
    '"',
    '__proto__',
    '*',
    'n1,',
    ','
  ],
  ...[
    '[}',
    '[{',
    '- {source: /run}\n',
    '- source: /a\n',
    '- options:\n  - a\n',
    '#\n',
    '{"a":',
    '['
  ],
  ...[
    'unix://',
    '1.2.',
    ':',
    '@',
    'SYS_ADMIN',
    'CAP_',
    '/spiffe-workload-api',
    '{"a":{"hostPath":{}}},'
  ]
]
const lengths = [1, 8, 64, 1024, 65_536, 1_048_576]

/** A source of whole numbers below a bound, the same for the same seed (mulberry32). */
export type Draw = (below: number) => number
export function draws(seed: number): Draw {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const oneOf = <T>(draw: Draw, list: readonly T[]): T => list[draw(list.length)] as T

const newPart = (draw: Draw): Part => ({
  place: oneOf(draw, placeNames),
  unit: oneOf(draw, units),
  length: oneOf(draw, lengths),
  share: 1 + draw(4)
})

function changed(genome: Genome, draw: Draw): Genome {
  const { request, parts } = genome
  const at = draw(parts.length)
  const other = newPart(draw)
  const replaced = (part: Partial<Part>): Genome => ({
    request,
    parts: parts.map((old, index) => (index === at ? { ...old, ...part } : old))
  })
  switch (draw(7)) {
    case 0:
      return { request: oneOf(draw, requestNames), parts }
    case 1:
      return { request, parts: [...parts, other].slice(-4) }
    case 2:
      return { request, parts: parts.length === 1 ? [other] : parts.toSpliced(at, 1) }
    case 3:
      return replaced({ place: other.place })
    case 4:
      return replaced({
        unit: draw(2) === 0 ? other.unit : `${parts[at]?.unit}${other.unit}`.slice(-40)
      })
    case 5:
      return replaced({ length: other.length })
    default:
      return replaced({ share: other.share })
  }
}

/** Bodies that are kept to climb from. */
const kept = 12

/**
 * Looks for the body that costs most: new ones by chance, and the worst so far, changed by chance; of each
 * set of places and request the worst is kept, so that one hill does not hide the others.
 */
export function findWorst(size: number, milliseconds: number, seed: number): readonly Costed[] {
  const draw = draws(seed)
  const until = performance.now() + milliseconds
  const best = new Map<string, Costed>()
  const weigh = (genome: Genome): void => {
    const found = costOf(genome, size)
    const key = `${genome.request} ${genome.parts.map(({ place }) => place).sort()}`
    if (found.cost > (best.get(key)?.cost ?? 0)) best.set(key, found)
  }
  const sorted = (): readonly Costed[] => [...best.values()].sort((a, b) => b.cost - a.cost)
  for (const request of requestNames) {
    const place = oneOf(draw, placeNames)
    weigh({ request, parts: [{ ...newPart(draw), place }] })
  }
  while (performance.now() < until) {
    const hills = sorted().slice(0, kept)
    const fresh = { request: oneOf(draw, requestNames), parts: [newPart(draw), newPart(draw)] }
    weigh(draw(3) === 0 ? fresh : changed(oneOf(draw, hills).genome, draw))
  }
  return sorted().slice(0, kept)
}
