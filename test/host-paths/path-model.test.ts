import t from 'tap'
import { pathModel, resolve } from '../../src/host-paths/path-model.ts'

const settings = {
  protectedPaths: ['//var/run/spire/./agent-sockets/', '/run/tbot'],
  protectedPipes: ['\\\\.\\pipe\\Spire-Agent\\api', '//?/PIPE/other'],
  aliases: { '/var/run/': '/run', '/var': '/srv', '/srv': '/data' },
  kubeletRoots: ['/var/lib/kubelet', '/'],
  nodeFolders: ['/var/run/cdi'],
  containerRuntimeSockets: ['/var/run/docker.sock'],
  csiDriver: 'csi.example.com'
}
const model = pathModel(settings)

t.test('routes are cleaned and aliased, the protected ones first', async (t) => {
  t.same(
    model.routes.map(({ kind, path, segments }) => [kind, path, segments.join(' ')]),
    [
      ['socket', '/run/spire/agent-sockets', 'run spire agent-sockets'],
      ['socket', '/run/tbot', 'run tbot'],
      ['kubelet', '/srv/lib/kubelet/pods', 'srv lib kubelet pods'],
      [
        'csiDriver',
        '/srv/lib/kubelet/plugins/csi.example.com',
        'srv lib kubelet plugins csi.example.com'
      ],
      ['csiDriver', '/srv/lib/kubelet/plugins_registry', 'srv lib kubelet plugins_registry'],
      ['kubelet', '/pods', 'pods'],
      ['csiDriver', '/plugins/csi.example.com', 'plugins csi.example.com'],
      ['csiDriver', '/plugins_registry', 'plugins_registry']
    ]
  )
  t.same(model.containerRuntimeSockets, [['run', 'docker.sock']])
})

t.test('pipes are kept as Windows compares them', async (t) => {
  t.same(model.pipes, ['\\\\.\\pipe\\spire-agent\\api', '\\\\.\\pipe\\other'])
})

const resolved: readonly (readonly [path: string, place: string])[] = [
  ['/var/run', '/run'],
  ['/var/run/x', '/run/x'],
  ['/var/./run//x', '/run/x'],
  ['/var/runx', '/srv/runx'],
  ['/var/log', '/srv/log'],
  ['/srv', '/data'],
  ['/x/var/run', '/x/var/run'],
  ['/', '/']
]

t.test('the first alias that fits is followed, once', async (t) => {
  for (const [path, place] of resolved) {
    t.equal(`/${resolve(path, model.aliases).join('/')}`, place, path)
  }
})
