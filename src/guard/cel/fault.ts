import {
  faults,
  type HostPathReason,
  hostPathReasons,
  isRoot,
  notAllowed,
  powers,
  routes
} from '../host-path.ts'
import { sentence } from '../sentences.ts'

/** A list of CEL strings as names of Windows pipes: `pipeName` in CEL. */
export const pipeNames = (list: string): string =>
  `${list}.map(p, string(p).lowerAscii().replace('/', '\\\\')).map(p, p.startsWith('\\\\\\\\?\\\\') ? '\\\\\\\\.\\\\' + p.substring(4) : p)`

const matches = (path: string, pattern: string): string => `${path}.matches(r'${pattern}')`

/** True where some container mounts the volume without readOnly, or might, as with a PersistentVolume: only the strict mode asks. */
const isWritable = (containers: string, name: string): string =>
  `(request.kind.kind == 'PersistentVolume' || ${containers}
      .exists(c, c.?volumeMounts.orValue([]).exists(m, m.name == ${name} && !m.?readOnly.orValue(false))))`

/** A sentence about `h`, as `judgeHostPath` says it. Where the path cannot be printed, it is left out. */
const say = (
  reason: HostPathReason,
  wrong: string,
  { remedy, shown = `' (' + h.path + ') '` }: { remedy?: string; shown?: string } = {}
): string =>
  `'${reason}: ' + h.what + ${shown} + ${JSON.stringify(sentence({ what: wrong, remedy: remedy ?? hostPathReasons[reason].remedy }))}`

const unusable = (fault: keyof typeof faults, shown?: string): string =>
  say('HostPathUnusable', faults[fault], shown === undefined ? {} : { shown: `' ${shown}'` })

const reaches = (route: keyof typeof routes, at: string): string => {
  const { reason, what, remedy } = routes[route]
  return say(reason, `reaches ${what} (${at})`, remedy === undefined ? {} : { remedy })
}

/** What gives the node away, where guard.nodePrivileges refuses it: `shows` is true of what `d` in the list is shown by. */
const gives = (power: keyof typeof powers, list: string, shows: string): string => {
  const { reason, what } = powers[power]
  return `variables.deniesPrivileges && ${list}.exists(d, ${shows})
  ? ${say(reason, `reaches ${what}, ${isRoot}`)}`
}

/** The faults of one host path, worst first, as `judgePath` finds them; the empty string where there is none. */
export const fault = (containers: string): string => {
  const isWindows = `(${matches('h.path', '^[A-Za-z]:[\\\\/]')} || ${matches('h.path', '^\\\\\\\\[.?]\\\\(?i:pipe)\\\\[^/]*$')})`
  const pipe = routes.pipe
  return `h.path == '' ? ${unusable('missing', '(no path) ')}
: ${matches('h.path', '[\\x00-\\x1f\\x7f]')} ? ${unusable('controlCharacter', '')}
: ${pipeNames('[h.path]')}[0] in variables.pipes
  ? '${pipe.reason}: ' + h.what + ' (' + h.path + ') reaches ${pipe.what} (' + h.path + '): ${hostPathReasons[pipe.reason].remedy}'
: h.path.replace('\\\\', '/').split('/').exists(s, s == '..') ? ${unusable('backstep')}
: !h.path.startsWith('/') && !${isWindows} ? ${unusable('relative')}
: variables.routes.exists(r, r.at.startsWith(h.real) || h.real.startsWith(r.at))
  ? variables.routes.filter(r, r.at.startsWith(h.real) || h.real.startsWith(r.at)).map(r,
      r.reason + ': ' + h.what + ' (' + h.path + ') reaches ' + r.what + ' (' + r.at.substring(0, size(r.at) - 1) + '): ${hostPathReasons.HostPathReachesSocket.remedy}')[0]
: h.real.startsWith('/proc/') && !h.real.startsWith('/proc/sys/')
  ? ${reaches('proc', '/proc')}
: ['/dev/fd/', '/dev/stdin/', '/dev/stdout/', '/dev/stderr/'].exists(d, h.real.startsWith(d))
  ? ${reaches('descriptor', '/dev')}
: variables.strict && !variables.allowed.exists(a, h.real.startsWith(a.prefix) && (a.readOnly != 'true' || !${isWritable(containers, 'h.name')}))
  ? ${say('HostPathNotAllowed', notAllowed)}
: ${gives('containerRuntime', 'variables.runtimeSockets', 'h.real.startsWith(d) || d.startsWith(h.real)')}
: ${gives('nodeFolder', 'variables.nodeFolders', `h.real.startsWith(d) || h.real.split('/').size() > 3 && d.startsWith(h.real)`)}
: ''`
}
