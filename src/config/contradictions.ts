import { isWithin, segments } from '../host-paths/clean.ts'
import type { Config } from './config.ts'
import { istioSocketDirectory } from './inject-schema.ts'

/** Values of one sentence, in the order of its `%d`, `%s` and `%q`. */
type Found = readonly (string | number)[]

/**
 * One thing that a schema cannot say: options that do not go together. The server checks `find`; the chart checks
 * `chart`, the same question as a Helm template (charts/spiffe-webhook/templates/_contradictions.tpl is generated).
 */
export interface Contradiction {
  /** The option that the sentence is about. */
  readonly option: string
  /** What is wrong and what to do, as a format that Go's printf reads too: `%d`, `%s` and `%q` alone. */
  readonly sentence: string
  readonly find: (config: Config) => readonly Found[]
  readonly chart: {
    /** Heads of nested `range` actions, outermost first. */
    readonly each?: readonly string[]
    readonly when: string
    readonly values: readonly string[]
  }
}

/** A path that a reader could take for another one. Go's regexp and JavaScript read it alike. */
const unclear = String.raw`(^|/)\.\.(/|$)|\p{Cc}|\p{Z}(/|$)|/\p{Z}`

const plainPaths = (
  option: string,
  find: (config: Config) => readonly string[],
  each: readonly string[]
): Contradiction => ({
  option,
  sentence:
    '%q is not a plain path: write it without "..", control characters or blanks at the ends of a name',
  find: (config) =>
    find(config)
      .filter((path) => new RegExp(unclear, 'u').test(path))
      .map((path) => [path]),
  chart: { each, when: `regexMatch \`${unclear}\` $path`, values: ['$path'] }
})

/** Every contradiction, in the order in which they are reported. */
export const contradictions: readonly Contradiction[] = [
  {
    option: 'inject.mountPaths',
    sentence: `must contain ${istioSocketDirectory}, which pilot-agent and Envoy hardcode`,
    find: ({ inject }) => (inject.mountPaths.includes(istioSocketDirectory) ? [] : [[]]),
    chart: {
      when: `not (has "${istioSocketDirectory}" $.Values.inject.mountPaths)`,
      values: []
    }
  },
  {
    option: 'inject.mountPaths',
    sentence: 'contains the directory %s twice: name it once',
    find: ({ inject: { mountPaths } }) => pairs(mountPaths).map(([, again]) => [again]),
    chart: {
      each: ['$i, $path := $.Values.inject.mountPaths', '$j, $again := $.Values.inject.mountPaths'],
      when: 'and (lt $i $j) (eq (clean $path) (clean $again))',
      values: ['$again']
    }
  },
  {
    option: 'certificates.caLifetime',
    sentence:
      'must be at least twice leafLifetime (%d), so that a certificate never outlives its CA',
    find: ({ certificates: { caLifetime, leafLifetime } }) =>
      caLifetime < 2 * leafLifetime ? [[leafLifetime]] : [],
    chart: {
      when: 'lt (int64 $.Values.certificates.caLifetime) (mul 2 (int64 $.Values.certificates.leafLifetime))',
      values: ['int64 $.Values.certificates.leafLifetime']
    }
  },
  {
    option: 'server.probesPort',
    sentence: 'must differ from server.port (%d): choose another port',
    find: ({ server: { port, probesPort } }) => (port === probesPort && port !== 0 ? [[port]] : []),
    chart: {
      when: 'eq (int $.Values.server.port) (int $.Values.server.probesPort)',
      values: ['int $.Values.server.port']
    }
  },
  {
    option: 'guard.aliases',
    sentence: '%q leads to %q, back into itself: name where the link really leads',
    find: ({ guard }) =>
      Object.entries(guard.aliases).filter(([from, to]) => isWithin(segments(to), segments(from))),
    chart: {
      each: ['$from, $to := $.Values.guard.aliases'],
      when: 'hasPrefix (printf "%s/" (clean $from | trimSuffix "/")) (printf "%s/" (clean $to | trimSuffix "/"))',
      values: ['$from', '$to']
    }
  },
  plainPaths('inject.mountPaths', ({ inject }) => inject.mountPaths, [
    '$path := $.Values.inject.mountPaths'
  ]),
  plainPaths('guard.protectedPaths', ({ guard }) => guard.protectedPaths, [
    '$path := $.Values.guard.protectedPaths'
  ]),
  plainPaths('guard.kubeletRoots', ({ guard }) => guard.kubeletRoots, [
    '$path := $.Values.guard.kubeletRoots'
  ]),
  plainPaths('guard.containerRuntimeSockets', ({ guard }) => guard.containerRuntimeSockets, [
    '$path := $.Values.guard.containerRuntimeSockets'
  ]),
  plainPaths('guard.nodeFolders', ({ guard }) => guard.nodeFolders, [
    '$path := $.Values.guard.nodeFolders'
  ]),
  plainPaths('guard.aliases', ({ guard }) => Object.entries(guard.aliases).flat(), [
    '$from, $to := $.Values.guard.aliases',
    '$path := list $from $to'
  ]),
  plainPaths(
    'guard.allowedHostPaths',
    ({ guard }) => (guard.allowedHostPaths ?? []).map(({ pathPrefix }) => pathPrefix),
    ['$entry := $.Values.guard.allowedHostPaths', '$path := list $entry.pathPrefix']
  ),
  plainPaths('guard.exemptions', ({ guard }) => guard.exemptions.flatMap(({ paths }) => paths), [
    '$entry := $.Values.guard.exemptions',
    '$path := $entry.paths'
  ])
]

/** Every sentence that is true of the configuration, each with its option in front. */
export function findContradictions(config: Config): readonly string[] {
  return contradictions.flatMap(({ option, sentence, find }) =>
    find(config).map((values) => `${option}: ${format(sentence, values)}`)
  )
}

function format(sentence: string, values: Found): string {
  let next = 0
  return sentence.replaceAll(/%[dsq]/g, (verb) => {
    const value = values[next++] ?? ''
    return verb === '%q' ? JSON.stringify(value) : String(value)
  })
}

/** Two spellings of one directory would be two mounts of one place, each undoing the other. */
function pairs(paths: readonly string[]): readonly (readonly [string, string])[] {
  const place = (path: string): string => segments(path).join('/')
  return paths.flatMap((path, index) =>
    paths
      .slice(index + 1)
      .filter((again) => place(again) === place(path))
      .map((again) => [path, again] as const)
  )
}
