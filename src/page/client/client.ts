import type { PageTable } from '../data.ts'

/** Squares in one line of a group. */
const perLine = 32

/** Rows that are shown at once: a person reads no more, and filtering stays fast. */
const pageSize = 50

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T
const make = (tag: string, text = '', className = ''): HTMLElement => {
  const made = document.createElement(tag)
  made.textContent = text
  if (className !== '') made.className = className
  return made
}

const table: PageTable = JSON.parse(element('data').textContent ?? '')
/** Every row as one text in lower case, made once: a cell stands between line breaks. */
const texts = table.rows.map((row) => `\n${row.join('\n')}\n`.toLowerCase())

const search = element<HTMLInputElement>('search')
const state = element<HTMLSelectElement>('state')
const group = element<HTMLSelectElement>('group')
const body = element('rows')
const count = element('count')
const more = element<HTMLButtonElement>('more')
const map = element('map')

let found: readonly number[] = []
let shown = pageSize

const toneOf = (row: readonly string[]): string => table.tones[row[table.state] ?? ''] ?? 'other'

/** Every word of the search must be in a row; one in quotes is a whole cell. */
function wordsOf(text: string): readonly string[] {
  const words = text.toLowerCase().match(/"[^"]*"|\S+/g) ?? []
  return words.map((word) => (/^".*"$/.test(word) ? `\n${word.slice(1, -1)}\n` : word))
}

function filter(): void {
  const words = wordsOf(search.value)
  const wanted = state.value
  const matches: number[] = []
  for (const [index, text] of texts.entries()) {
    const fits = wanted === '' || table.rows[index]?.[table.state] === wanted
    if (fits && words.every((word) => text.includes(word))) matches.push(index)
  }
  found = matches
  shown = pageSize
  draw()
}

function draw(): void {
  const rows = found.slice(0, shown).flatMap((index) => {
    const row = table.rows[index]
    return row === undefined ? [] : [rowOf(row)]
  })
  body.replaceChildren(...rows)
  const hidden = found.length - rows.length
  count.textContent = `${found.length} of ${table.rows.length} rows${hidden > 0 ? `, the first ${rows.length} shown` : ''}`
  more.hidden = hidden <= 0
  drawMap()
}

function rowOf(row: readonly string[]): HTMLElement {
  const line = make('tr')
  for (const [index, text] of row.entries()) {
    const cell = make('td')
    if (index === table.state) cell.append(make('span', text, `state ${toneOf(row)}`))
    else cell.textContent = text
    line.append(cell)
  }
  return line
}

/** One square for each row that was found; a group is a button that searches for its name. */
function drawMap(): void {
  const column = Number(group.value)
  const groups = new Map<string, number[]>()
  for (const index of found) {
    const name = table.rows[index]?.[column] ?? ''
    const members = groups.get(name)
    if (members === undefined) groups.set(name, [index])
    else members.push(index)
  }
  const drawn = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, members]) => groupOf(name, members))
  map.replaceChildren(...drawn)
}

function groupOf(name: string, members: readonly number[]): HTMLElement {
  const item = make('li')
  const button = make('button', name === '' ? '(none)' : name)
  button.setAttribute('type', 'button')
  button.addEventListener('click', () => {
    search.value = `"${name}"`
    filter()
    search.focus()
  })
  const counts = new Map<string, number>()
  const places = new Map<string, string>()
  for (const [place, index] of members.entries()) {
    const row = table.rows[index] ?? []
    const word = row[table.state] ?? ''
    counts.set(word, (counts.get(word) ?? 0) + 1)
    const tone = toneOf(row)
    const corner = `M${(place % perLine) * 12} ${Math.floor(place / perLine) * 12}`
    places.set(tone, `${places.get(tone) ?? ''}${corner}h9v9h-9z`)
  }
  const says = [...counts].map(([word, many]) => `${many} ${word}`).join(', ')
  item.append(button, make('span', says, 'counts'), squaresOf(places, members.length))
  const note = table.notes[name]
  if (note !== undefined) item.append(make('p', note, 'note'))
  return item
}

const svg = 'http://www.w3.org/2000/svg'

/** One path for each tone: a few elements for thousands of squares. */
function squaresOf(places: ReadonlyMap<string, string>, count: number): SVGElement {
  const drawing = document.createElementNS(svg, 'svg')
  drawing.setAttribute('viewBox', `0 0 ${perLine * 12} ${Math.ceil(count / perLine) * 12}`)
  drawing.setAttribute('aria-hidden', 'true')
  for (const [tone, path] of places) {
    const squares = document.createElementNS(svg, 'path')
    squares.setAttribute('class', tone)
    squares.setAttribute('d', path)
    drawing.append(squares)
  }
  return drawing
}

search.addEventListener('input', filter)
state.addEventListener('change', filter)
group.addEventListener('change', drawMap)
more.addEventListener('click', () => {
  shown += pageSize
  draw()
})
for (const link of document.querySelectorAll<HTMLButtonElement>('button[data-find]')) {
  link.addEventListener('click', () => {
    search.value = link.dataset.find ?? ''
    state.value = ''
    filter()
    element('table').scrollIntoView()
    search.focus()
  })
}
/** A printed page holds every row that was found. */
addEventListener('beforeprint', () => {
  shown = found.length
  draw()
})
filter()
