import fc from 'fast-check'
import t from 'tap'
import { judgePath } from '../../src/host-paths/judge-path.ts'
import { pathModel } from '../../src/host-paths/path-model.ts'
import { defaultConfig } from '../config/default-config.ts'
import { runs } from './runs.ts'

const model = pathModel({ ...defaultConfig.guard, csiDriver: 'csi.spiffe.io' })
const segment = fc.constantFrom(
  ...['', '.', '..', 'run', 'var', 'spire', 'spirex', 'agent-sockets', 'proc', 'sys', 'lib'],
  ...['dev', 'fd', 'kubelet', 'pods', 'plugins', 'csi.spiffe.io', '1', 'root', '..x', 'RUN']
)
const path = fc
  .tuple(fc.boolean(), fc.array(segment, { maxLength: 7 }))
  .map(([absolute, segments]) => `${absolute ? '/' : ''}${segments.join('/')}`)

const routes = [
  '/run/spire/agent-sockets/',
  '/var/lib/kubelet/pods/',
  '/var/lib/kubelet/plugins/csi.spiffe.io/',
  '/var/lib/kubelet/plugins_registry/'
]
const links = ['/dev/fd/', '/dev/stdin/', '/dev/stdout/', '/dev/stderr/']

/** The rule again, on text with a slash at its end instead of on segments. */
function naive(text: string): boolean {
  if (!text.startsWith('/') || `${text}/`.includes('/../')) return false
  let at = `${text}/`
  while (/\/\.?\//.test(at)) at = at.replace(/\/\.?\//, '/')
  at = at.replace(/^\/var\/run\//, '/run/')
  if (routes.some((route) => route.startsWith(at) || at.startsWith(route))) return false
  if (at.startsWith('/proc/') && !at.startsWith('/proc/sys/')) return false
  return !links.some((link) => at.startsWith(link))
}

const isHarmless = (text: string): boolean =>
  ['harmless', 'containerRuntime', 'nodeFolder'].includes(judgePath(text, model).kind)

t.test('the path model agrees with a naive oracle', async (t) => {
  let harmless = 0
  fc.assert(
    fc.property(path, (text) => {
      if (isHarmless(text)) harmless += 1
      return isHarmless(text) === naive(text)
    }),
    runs(5)
  )
  t.ok(harmless > 100, `${harmless} harmless paths among them`)
})

t.test('more slashes and dots change nothing', async (t) => {
  fc.assert(
    fc.property(path, (text) => {
      const noisy = text.replaceAll('/', '/.//')
      return !text.startsWith('/') || judgePath(noisy, model).kind === judgePath(text, model).kind
    }),
    runs(2)
  )
  t.pass()
})

t.test('every ancestor of a route, and everything below it, is the route', async (t) => {
  for (const { path: route } of model.routes) {
    const segments = route.split('/')
    for (let length = 1; length <= segments.length; length++) {
      const ancestor = segments.slice(0, length).join('/') || '/'
      t.equal(judgePath(ancestor, model).kind, 'reaches', ancestor)
    }
    t.equal(judgePath(`${route}/anything/below`, model).kind, 'reaches')
  }
})
