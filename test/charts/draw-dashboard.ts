import type { Panel } from '../../generate/dashboard-panels.ts'
import type { Answer } from './queries.ts'

/** A panel with what a Prometheus answered to each of its queries. */
export interface Shown {
  readonly panel: Panel
  readonly answers: readonly { readonly legend: string; readonly series: readonly Answer[] }[]
}

const colours = ['#2f7d4f', '#33609f', '#b4552d', '#7a4ea3', '#8a6d00', '#00798c', '#a3325c']
const [width, height, gap, columns] = [380, 150, 12, 2]

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const labelled = (legend: string, { metric }: Answer): string =>
  legend.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => metric[name] ?? '')

const shorten = (value: number): string =>
  value !== 0 && Math.abs(value) < 0.01
    ? value.toExponential(1)
    : String(Number(value.toPrecision(3)))

/**
 * docs/dashboard.svg: the panels as Grafana would lay them out, drawn from the answers of a real Prometheus. Grafana's own
 * program is no part of it.
 */
export function drawDashboard(all: readonly Shown[]): string {
  const rows = Math.ceil(all.length / columns)
  const [w, h] = [columns * (width + gap) + gap, rows * (height + gap) + gap]
  const panels = all.map((shown, index) => {
    const x = gap + (index % columns) * (width + gap)
    const y = gap + Math.floor(index / columns) * (height + gap)
    return `<g transform="translate(${x} ${y})">${drawPanel(shown)}</g>`
  })
  const style =
    'text{font-family:Helvetica,Arial,sans-serif;font-size:10px;fill:#333}.t{font-weight:bold;font-size:11px}'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}"><style>${style}</style><rect width="${w}" height="${h}" fill="#f4f5f7"/>\n${panels.join('\n')}\n</svg>\n`
}

function drawPanel({ panel, answers }: Shown): string {
  const series = answers.flatMap(({ legend, series }) =>
    series.map((one) => ({ name: labelled(legend, one), points: finite(one) }))
  )
  const frame = `<rect width="${width}" height="${height}" fill="#fff" stroke="#d8dce3"/><text class="t" x="8" y="15">${escaped(panel.title)}</text>`
  const points = series.flatMap(({ points }) => points)
  if (points.length === 0) return `${frame}<text x="8" y="32">no data</text>`
  if (panel.kind === 'stat') {
    const [, last = 0] = series[0]?.points.at(-1) ?? [0, 0]
    return `${frame}<text x="8" y="80" style="font-size:36px">${shorten(last)}</text><text x="8" y="104">${panel.unit === 'none' ? '' : panel.unit}</text>`
  }
  const top = Math.max(...points.map(([, value]) => value), Number.MIN_VALUE)
  const [first, last] = [
    Math.min(...points.map(([time]) => time)),
    Math.max(...points.map(([time]) => time))
  ]
  const x = (time: number): number => 8 + ((time - first) / Math.max(1, last - first)) * 220
  const y = (value: number): number => height - 12 - (Math.max(0, value) / top) * (height - 46)
  const lines = series.slice(0, 8).map(({ name, points }, index) => {
    const colour = colours[index % colours.length] ?? ''
    const path = points.map(([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`)
    const at = 34 + index * 13
    return `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${path.join(' ')}"/><rect x="238" y="${at - 7}" width="8" height="3" fill="${colour}"/><text x="250" y="${at}">${escaped(name.slice(0, 23))}</text>`
  })
  return `${frame}<text x="8" y="29">${shorten(top === Number.MIN_VALUE ? 0 : top)} ${panel.unit === 'none' ? '' : panel.unit}</text>${lines.join('')}`
}

function finite({ values }: Answer): readonly (readonly [number, number])[] {
  return values
    .map(([time, value]) => [time, Number(value)] as const)
    .filter(([, value]) => Number.isFinite(value))
}
