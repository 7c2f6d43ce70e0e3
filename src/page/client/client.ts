import type { PageTable } from '../data.ts'

/** Rows that are shown at once: a person reads no more, and filtering stays fast. */
const pageSize = 200

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T
const make = (tag: string, text = '', className = ''): HTMLElement => {
  const made = document.createElement(tag)
  made.textContent = text
  if (className !== '') made.className = className
  return made
}

const table: PageTable = JSON.parse(element('data').textContent ?? '')
/** Every row as one text in lower case, made once. */
const texts = table.rows.map((row) => row.join('\n').toLowerCase())

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

/** Every word of the search must be in a row. */
function filter(): void {
  const words = search.value
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
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
    search.value = name
    filter()
    search.focus()
  })
  const counts = new Map<string, number>()
  const squares = make('div', '', 'squares')
  squares.setAttribute('aria-hidden', 'true')
  for (const index of members) {
    const row = table.rows[index] ?? []
    const word = row[table.state] ?? ''
    counts.set(word, (counts.get(word) ?? 0) + 1)
    squares.append(make('i', '', toneOf(row)))
  }
  const says = [...counts].map(([word, many]) => `${many} ${word}`).join(', ')
  item.append(button, make('span', says, 'counts'), squares)
  const note = table.notes[name]
  if (note !== undefined) item.append(make('p', note, 'note'))
  return item
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
