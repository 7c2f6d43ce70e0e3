/** The parts of a .cpuprofile of V8 that are read here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string }
  readonly children?: readonly number[]
}

/** One function below another, with the time of everything that it called. */
interface Frame {
  readonly name: string
  readonly colour: string
  time: number
  readonly below: Map<string, Frame>
}

const width = 1200
const rowHeight = 15
/** Narrower frames are left out. */
const leastWidth = 1.5

const colours = { own: '#7bc47f', fastify: '#f2b134', node: '#9db7d5', v8: '#e07a5f' } as const

/** Whose code a function is, by where it was loaded from. */
function colourOf(url: string): string {
  if (url === '') return colours.v8
  if (url.startsWith('node:')) return colours.node
  return url.includes('/node_modules/') ? colours.fastify : colours.own
}

const makeFrame = (name: string, colour: string): Frame => ({
  name,
  colour,
  time: 0,
  below: new Map()
})

/** Adds up the samples of the last `seconds` in which the thread worked. */
function merge({ nodes, samples, timeDeltas }: CpuProfile, seconds: number): Frame {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((c) => [c, id])))
  const root = makeFrame('all', '#cccccc')
  let left = seconds * 1e6
  for (let at = samples.length - 1; at >= 0 && left > 0; at--) {
    const time = timeDeltas[at] ?? 0
    left -= time
    const stack: ProfileNode[] = []
    for (let id = samples[at]; id !== undefined; id = parents.get(id)) {
      const node = byId.get(id)
      if (node !== undefined) stack.unshift(node)
    }
    if (stack.at(-1)?.callFrame.functionName === '(idle)') continue
    root.time += time
    let frame = root
    for (const { callFrame } of stack.slice(1)) frame = add(frame, callFrame, time)
  }
  return root
}

function add(above: Frame, { functionName, url }: ProfileNode['callFrame'], time: number): Frame {
  const file = url === '' ? '' : ` ${url.slice(url.lastIndexOf('/') + 1)}`
  const name = `${functionName === '' ? '(anonymous)' : functionName}${file}`
  const frame = above.below.get(name) ?? makeFrame(name, colourOf(url))
  above.below.set(name, frame)
  frame.time += time
  return frame
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

function draw(frame: Frame, x: number, depth: number, scale: number, all: number): string[] {
  const wide = frame.time * scale
  if (wide < leastWidth) return []
  const percent = ((frame.time / all) * 100).toFixed(1)
  const [left, top] = [x.toFixed(1), depth * rowHeight]
  const fits = Math.floor(wide / 6.2)
  const text = fits < 4 ? '' : escaped(frame.name.slice(0, fits))
  const label = text === '' ? '' : `<text x="${(x + 2).toFixed(1)}" y="${top + 11}">${text}</text>`
  const parts = [
    `<g><title>${escaped(frame.name)} ${percent} %</title><rect x="${left}" y="${top}" width="${wide.toFixed(1)}" height="${rowHeight - 1}" fill="${frame.colour}"/>${label}</g>`
  ]
  let at = x
  for (const below of [...frame.below.values()].toSorted((a, b) => b.time - a.time)) {
    parts.push(...draw(below, at, depth + 1, scale, all))
    at += below.time * scale
  }
  return parts
}

const depthOf = (frame: Frame, scale: number): number =>
  frame.time * scale < leastWidth
    ? 0
    : 1 + Math.max(0, ...[...frame.below.values()].map((below) => depthOf(below, scale)))

/** Draws where the time of the last `seconds` of a profile went: the widest first, callers above what they called. */
export function flameGraph(profile: CpuProfile, seconds: number): string {
  const root = merge(profile, seconds)
  const scale = width / root.time
  const height = depthOf(root, scale) * rowHeight
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="monospace" font-size="10">
${draw(root, 0, 0, scale, root.time).join('\n')}
</svg>
`
}
