import t from 'tap'
import { hasControlCharacter, judgePath } from '../../src/host-paths/judge-path.ts'
import { pathModel } from '../../src/host-paths/path-model.ts'
import { defaultConfig } from '../config/default-config.ts'

const model = pathModel({
  ...defaultConfig.guard,
  csiDriver: 'csi.spiffe.io',
  protectedPipes: [...defaultConfig.guard.protectedPipes, '//?/pipe/Tbot']
})

const unusable: readonly (readonly [path: unknown, fault: string])[] = [
  [undefined, 'missing'],
  [null, 'missing'],
  ['', 'missing'],
  [7, 'missing'],
  [['/run'], 'missing'],
  ['/a\n', 'controlCharacter'],
  ['/a\u0000b', 'controlCharacter'],
  ['\u001f', 'controlCharacter'],
  ['/\u007f', 'controlCharacter'],
  ['..', 'backstep'],
  ['/..', 'backstep'],
  ['/data/../run', 'backstep'],
  ['C:\\data\\..\\x', 'backstep'],
  ['a/..', 'backstep'],
  ['.', 'relative'],
  ['run', 'relative'],
  [' /run', 'relative'],
  ['C:data', 'relative'],
  ['CC:\\data', 'relative'],
  ['\\\\.\\pipe\\a/b', 'relative'],
  ['x\\\\.\\pipe\\a', 'relative'],
  ['\\\\server\\share', 'relative']
]

t.test('a path that means what the runtime makes of it cannot be used', async (t) => {
  for (const [path, fault] of unusable) {
    t.same(judgePath(path, model), { kind: 'unusable', fault }, JSON.stringify(path))
  }
})

const reaching: readonly (readonly [path: string, route: string, at: string])[] = [
  ['/run/spire/agent-sockets', 'socket', '/run/spire/agent-sockets'],
  ['/', 'socket', '/run/spire/agent-sockets'],
  ['/var/run/spire', 'socket', '/run/spire/agent-sockets'],
  ['/var', 'kubelet', '/var/lib/kubelet/pods'],
  ['/var/lib/kubelet/pods/x', 'kubelet', '/var/lib/kubelet/pods'],
  ['/var/lib/kubelet/plugins', 'csiDriver', '/var/lib/kubelet/plugins/csi.spiffe.io'],
  ['/var/lib/kubelet/plugins_registry/', 'csiDriver', '/var/lib/kubelet/plugins_registry'],
  ['/proc', 'proc', '/proc'],
  ['/proc/1', 'proc', '/proc'],
  ['/proc/sysx', 'proc', '/proc'],
  ['/dev/fd', 'descriptor', '/dev/fd'],
  ['/dev/fd/7', 'descriptor', '/dev/fd'],
  ['/dev/stdin', 'descriptor', '/dev/stdin'],
  ['/dev/stdout', 'descriptor', '/dev/stdout'],
  ['/dev/stderr', 'descriptor', '/dev/stderr']
]

t.test('a route is named by its kind and its place', async (t) => {
  for (const [path, route, at] of reaching) {
    t.same(judgePath(path, model), { kind: 'reaches', route, at }, path)
  }
})

const pipes = [
  '\\\\.\\pipe\\spire-agent\\public\\api',
  '\\\\.\\PIPE\\Spire-Agent\\Public\\API',
  '\\\\?\\pipe\\spire-agent\\public\\api',
  '//./pipe/spire-agent/public/api',
  '//?/pipe/spire-agent\\public/api',
  '\\\\.\\pipe\\tbot',
  '//?/pipe/TBOT'
]

t.test('a listed pipe is found in each spelling of Windows', async (t) => {
  for (const at of pipes) t.same(judgePath(at, model), { kind: 'reaches', route: 'pipe', at }, at)
})

const harmless = [
  '/data',
  '/proc/sys/net',
  '/process',
  '/dev',
  '/dev/fdx',
  '/dev/fd0',
  '/sys',
  '/run/spirex',
  '/RUN/spire',
  '/data/..x',
  'C:\\data',
  'c:/data',
  '\\\\.\\pipe\\other',
  '\\\\?\\PIPE\\other'
]

t.test('what leads nowhere is harmless', async (t) => {
  for (const path of harmless) t.same(judgePath(path, model), { kind: 'harmless' }, path)
})

t.test('a container runtime socket, and what holds it, is told apart', async (t) => {
  for (const path of ['/run/docker.sock', '/var/run/docker.sock/x']) {
    t.same(judgePath(path, model), { kind: 'containerRuntime', at: '/run/docker.sock' }, path)
  }
  const at = '/run/k3s/containerd'
  t.same(judgePath('/run/k3s', model), { kind: 'containerRuntime', at })
})

t.test('control characters are C0 and DEL, and nothing else', async (t) => {
  for (let code = 0; code < 0x300; code++) {
    const wanted = code < 0x20 || code === 0x7f
    if (hasControlCharacter(`a${String.fromCharCode(code)}`) !== wanted) t.fail(`${code}`)
  }
  t.notOk(hasControlCharacter(''))
})
