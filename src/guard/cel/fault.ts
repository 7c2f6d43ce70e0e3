import { allowedRemedy } from '../judge-host-path.ts'

/** A list of CEL strings as names of Windows pipes: `pipeName` in CEL. */
export const pipeNames = (list: string): string =>
  `${list}.map(p, string(p).lowerAscii().replace('/', '\\\\')).map(p, p.startsWith('\\\\\\\\?\\\\') ? '\\\\\\\\.\\\\' + p.substring(4) : p)`

const matches = (path: string, pattern: string): string => `${path}.matches(r'${pattern}')`

/** True where some container mounts the volume without readOnly, or might, as with a PersistentVolume: only the strict mode asks. */
const isWritable = (spec: string, name: string): string =>
  `(request.kind.kind == 'PersistentVolume' || (${spec}.?containers.orValue([]) + ${spec}.?initContainers.orValue([]) + ${spec}.?ephemeralContainers.orValue([]))
      .exists(c, c.?volumeMounts.orValue([]).exists(m, m.name == ${name} && !m.?readOnly.orValue(false))))`

/** The faults of one host path, worst first, as `judgePath` finds them; the empty string where there is none. */
export const fault = (spec: string): string => {
  const say = (reason: string, text: string): string => `'${reason}: ' + h.what + ${text}`
  const unusable = (text: string, path = ''): string =>
    say('HostPathUnusable', `${path}' ${text}: write one plain absolute path'`)
  const shown = "' (' + h.path + ')' + "
  const isWindows = `(${matches('h.path', '^[A-Za-z]:[\\\\/]')} || ${matches('h.path', '^\\\\\\\\[.?]\\\\(?i:pipe)\\\\[^/]*$')})`
  const procRemedy = 'mount a path below /proc/sys, or ask for an exemption'
  return `h.path == '' ? ${unusable('has no path')}
: ${matches('h.path', '[\\x00-\\x1f\\x7f]')} ? ${unusable('holds a control character')}
: ${pipeNames('[h.path]')}[0] in variables.pipes
  ? ${say('HostPathReachesSocket', `' (' + h.path + ') reaches the Workload API pipe (' + h.path + '): use a csi.spiffe.io volume'`)}
: h.path.replace('\\\\', '/').split('/').exists(s, s == '..') ? ${unusable('holds ..', shown)}
: !h.path.startsWith('/') && !${isWindows} ? ${unusable('is not absolute, so the container runtime decides where it leads', shown)}
: variables.roads.exists(r, r.at.startsWith(h.real) || h.real.startsWith(r.at))
  ? variables.roads.filter(r, r.at.startsWith(h.real) || h.real.startsWith(r.at)).map(r,
      r.reason + ': ' + h.what + ' (' + h.path + ') reaches ' + r.what + ' (' + r.at.substring(0, size(r.at) - 1) + '): use a csi.spiffe.io volume')[0]
: h.real.startsWith('/proc/') && !h.real.startsWith('/proc/sys/')
  ? ${say('HostPathReachesProc', `' (' + h.path + ") reaches every process's file system (/proc): ${procRemedy}"`)}
: ['/dev/fd/', '/dev/stdin/', '/dev/stdout/', '/dev/stderr/'].exists(d, h.real.startsWith(d))
  ? ${say('HostPathReachesProc', `' (' + h.path + ") reaches the container runtime's open files: mount a device by its own name"`)}
: variables.strict && !variables.allowed.exists(a, h.real.startsWith(a.prefix) && (a.readOnly != 'true' || !${isWritable(spec, 'h.name')}))
  ? ${say('HostPathNotAllowed', `' (' + h.path + ') is not an allowed host path: ${allowedRemedy}'`)}
: ''`
}
