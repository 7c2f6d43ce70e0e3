import fc from 'fast-check'

/** Mostly what is read, now and then what is not, so that every reader has something to say. */
const often = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: usual, weight: 15 }, { arbitrary: rare, weight: 1 })

const plainSource = fc.constantFrom('/data', '/run', '/run/spire', '/', '//run', 'run', 'tmpfs')
const oddSource = fc.constantFrom(
  ...['', '/a b', '/a: b', '/a#b', '/a #b', '/a,b', '/a]', '-', '@a', '/a&b', '/a*b', '/a!b'],
  ...['null', 'true', 'on', 'y', '~', '7', '0x1F', '1_0', '.inf', '12:30', '=']
)
const plainWord = fc.constantFrom('bind', 'rbind', 'ro', 'mode=755', 'tmpfs', 'proc', 'none')
const oddWord = fc.constantFrom('', 'ro,bind', 'off', 'Null', '1', 'a: b', 'a #b', '~')
const keyStyle = often(fc.constantFrom('%', '"%"'), fc.constant("'%'"))
const valueStyle = fc.constantFrom('%', '%', '"%"', "'%'")
const behind = often(fc.constantFrom('', ' ', ' # c', ' #'), fc.constant('#c'))

const scalar = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(valueStyle, text).map(([style, value]) => style.replace('%', value))

const options = fc.record({
  list: fc.array(scalar(often(plainWord, oddWord)), { maxLength: 2 }),
  block: fc.boolean(),
  indent: often(fc.constantFrom(0, 2, 1), fc.constantFrom(-1, -2))
})

const mount = fc.record({
  keys: fc.uniqueArray(fc.constantFrom('source', 'destination', 'type', 'options'), {
    minLength: 1
  }),
  style: keyStyle,
  colon: often(fc.constantFrom(': ', ':  '), fc.constant(':')),
  source: scalar(often(plainSource, oddSource)),
  type: scalar(often(plainWord, oddWord)),
  options,
  flow: fc.boolean(),
  behind
})
type Mount = typeof mount extends fc.Arbitrary<infer T> ? T : never

const flowOptions = ({ list }: Mount['options']): string => `[${list.join(', ')}]`

function entries(mount: Mount, column: number): readonly string[] {
  const { style, colon, keys } = mount
  return keys.map((key) => {
    const name = style.replace('%', key)
    if (key !== 'options') {
      return `${name}${colon}${key === 'destination' ? '/x' : mount[key]}`
    }
    const { list, block, indent } = mount.options
    if (mount.flow || !block) return `${name}${colon}${flowOptions(mount.options)}`
    const pad = ' '.repeat(Math.max(0, column + indent))
    return [`${name}${colon}`, ...list.map((option) => `${pad}- ${option}`)].join('\n')
  })
}

function render(mounts: readonly Mount[], indent: number, dash: string, json: boolean): string {
  if (json) {
    const maps = mounts.map((m) => `{${entries({ ...m, flow: true }, 0).join(',')}}`)
    return `[${maps.join(',\n')}]`
  }
  const pad = ' '.repeat(indent)
  const column = indent + dash.length
  return mounts
    .map((mount) =>
      mount.flow
        ? `${pad}${dash}{${entries(mount, column).join(', ')}}${mount.behind}`
        : `${pad}${dash}${entries(mount, column).join(`${mount.behind}\n${' '.repeat(column)}`)}`
    )
    .join('\n')
}

const lists = fc
  .tuple(
    fc.array(mount, { minLength: 1, maxLength: 3 }),
    fc.constantFrom(0, 0, 2),
    often(fc.constantFrom('- ', '-   '), fc.constant('-')),
    fc.boolean()
  )
  .map((parts) => render(...parts))

/** What readers are known to differ in, and what moves things about. */
const token = fc.constantFrom(
  ...['\n', '\n', '\n ', ' ', '  ', '\t', '\r', '\r\n', '\u0085', '\u2028', '\u2029', '\ufeff'],
  ...[
    '#',
    ' #',
    '# x',
    '# x\n',
    '#\u0085',
    '&k ',
    '*k ',
    '*k',
    '&k',
    '<<: ',
    '!!str ',
    '!',
    '!!binary '
  ],
  ...[
    '- ',
    '-',
    '? ',
    ': ',
    ':',
    '|',
    '>-',
    '---',
    '\n---\n',
    '\n...\n',
    '%YAML 1.1\n',
    '{',
    '}',
    '['
  ],
  ...[
    ']',
    ',',
    ', ',
    '"',
    "'",
    "''",
    '\\',
    '\\x2f',
    '\\n',
    '@',
    '`',
    '%',
    '~',
    '=',
    '<<',
    '\u017f'
  ],
  ...['source: /run/spire', '\n  source: /run/spire', 'Source: /run', 'SOURCE', '"source": "/run"'],
  ...[', source: /run', 'source:', '/run/spire', 'null', 'on', '\u0000', '\ud800', '\u00a0', 'é']
)

const mutation = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(4), token)

function mutate(text: string, [where, removed, added]: readonly [number, number, string]): string {
  const at = Math.floor(where * text.length)
  return `${text.slice(0, at)}${added}${text.slice(removed === 4 ? at + 1 : at)}`
}

/** Texts in and around the part of YAML in which an NRI annotation may be written. */
export const nriText: fc.Arbitrary<string> = fc
  .tuple(lists, fc.array(mutation, { maxLength: 2 }))
  .map(([text, mutations]) => mutations.reduce(mutate, text))
