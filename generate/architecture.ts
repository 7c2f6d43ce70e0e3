import { instance } from '@viz-js/viz'
import { type Folder, folders } from './folders.ts'

const viz = await instance()

/**
 * docs/architecture.svg: every folder of src with what changes there, and an arrow to each folder that it may import. Arrows that
 * follow from others are left out.
 */
export function architecture(): string {
  const nodes = Object.entries(folders).map(node)
  const edges = Object.keys(folders).flatMap((from) =>
    direct(from).map((to) => `${quote(from)} -> ${quote(to)}`)
  )
  const look = [
    'rankdir=TB; bgcolor="white"; nodesep=0.25; ranksep=0.45; fontname="Helvetica"',
    'node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, margin="0.3,0.08"]',
    'edge [color="#8a94a6", arrowsize=0.6]'
  ]
  const dot = `digraph src {\n${[...look, ...nodes, ...edges].join('\n')}\n}`
  const svg = viz.renderString(dot, { format: 'svg' })
  return svg.slice(svg.indexOf('<svg')).replaceAll(/<!--.*?-->\n/gs, '')
}

const quote = (name: string): string => JSON.stringify(name)

/** Pure folders are green, the others blue. */
function node([name, { changes, pure }]: readonly [string, Folder]): string {
  const lines = changes.map((line) => `<br/><font point-size="10">${escaped(line)}</font>`)
  const colours = pure
    ? 'fillcolor="#e8f5ec", color="#2f7d4f"'
    : 'fillcolor="#eaf1fb", color="#33609f"'
  return `${quote(name)} [${colours}, label=<<b>${escaped(name)}</b>${lines.join('')}>]`
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const importsOf = (name: string): readonly string[] =>
  (folders[name]?.imports ?? '').split(' ').filter((one) => one !== '' && one !== 'config')

/** What a folder imports that none of its other imports leads to. */
function direct(name: string): readonly string[] {
  const all = importsOf(name)
  return all.filter((to) => !all.some((by) => by !== to && reaches(by, to, new Set([name]))))
}

function reaches(from: string, to: string, seen: Set<string>): boolean {
  if (seen.has(from)) return false
  seen.add(from)
  return importsOf(from).some((next) => next === to || reaches(next, to, seen))
}
