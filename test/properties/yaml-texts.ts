import fc from 'fast-check'

/** Scalars and keys as people write them, and some that look like something else. */
const plainScalar = fc.constantFrom(
  ...[
    'app',
    'registry.test/app:1.0',
    '--listen',
    ':8080',
    '/run/spire',
    '100m',
    '8080',
    'a b',
    'a, b'
  ],
  ...[
    'yes',
    'On',
    'n',
    'null',
    '~',
    'true',
    'FALSE',
    '0777',
    '0x1F',
    '1_000',
    '.5',
    '1e3',
    'E1',
    '-1',
    '+1'
  ],
  ...[
    '1:30',
    '2024-01-01',
    '.inf',
    '-.Inf',
    '.nan',
    '0b11',
    '0o7',
    '99999999999999999999',
    'ä',
    '😀',
    '-0'
  ],
  ...[
    '"a"',
    "'it''s'",
    '"a\\n\\t\\"b"',
    '""',
    "''",
    '"a" # c',
    "'#'",
    'a #b',
    'a#b',
    'a\\b',
    'a - b'
  ],
  ...[
    '[]',
    '{}',
    '[a, b]',
    '{cpu: 100m, memory: 1Gi}',
    '["a", 1]',
    '[ y, "n" ]',
    '{ "a": 1, b: }',
    "'a'  "
  ]
)
const number = fc.constantFrom(
  ...[
    '0O7',
    '0X1f',
    '0B1',
    '08',
    '0_7',
    '-0o7',
    '1__0',
    '+.5',
    '1e',
    '.5e1',
    '1.5.1',
    '0.0.0.0',
    '1_000.5'
  ],
  ...[
    '12e03',
    '0x',
    '0b2',
    '1E+3',
    '+',
    '.',
    '._',
    '_1',
    '0b_1',
    '0x_1f',
    '0_',
    '0o_',
    '1_',
    '-0x1',
    '1.',
    '1.e1'
  ],
  ...[
    '+0b1',
    '-08',
    '00',
    '0.',
    '1e400',
    '18446744073709551615',
    '9223372036854775808',
    '0o18',
    '1.2_3',
    '1e1_0'
  ]
)
const oddScalar = fc.constantFrom(
  ...[
    '&a x',
    '*a',
    '!!str 1',
    '%x',
    '@x',
    '`x',
    '<<',
    '=',
    'a: b',
    'a:',
    ': a',
    '? a',
    '| #',
    '>-',
    '-',
    '---'
  ],
  ...[
    '\u00a0x',
    'x\u00a0',
    'x\u2028y',
    'x\ty',
    '\tx',
    '...',
    '--- a',
    '- - a',
    '- a: 1',
    '"\\u0041"',
    '"a"b'
  ],
  ...[
    '[a,]',
    '{a: 1, a: 2}',
    '{a}',
    '[a: 1]',
    '[a b]',
    '[#]',
    '{a:1}',
    '[[a]]',
    "'a'b",
    '"a" #',
    '"a"#',
    '{}#'
  ]
)
const scalar = fc.oneof(
  { weight: 30, arbitrary: plainScalar },
  { weight: 6, arbitrary: number },
  { weight: 1, arbitrary: oddScalar }
)
const name = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.constantFrom(
      ...[
        'name',
        'kind',
        'app.kubernetes.io/name',
        '$x',
        'a-b',
        '"q"',
        "'s'",
        'x@y',
        '/a',
        'b',
        'c',
        'constructor'
      ]
    )
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        'yes',
        'y',
        'null',
        '1',
        '~',
        '__proto__',
        '"__proto__"',
        '<<',
        'a b',
        '-a',
        '"a',
        'é',
        '',
        '"y"',
        '"1"'
      ]
    )
  }
)
const literal = fc
  .tuple(
    fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom('|', '|-') },
      { weight: 1, arbitrary: fc.constantFrom('|+', '|2', '>', '| # c', '|  ') }
    ),
    fc.array(
      fc.constantFrom(
        'text',
        '  more',
        '',
        ' ',
        '    ',
        '# no comment',
        '\ttab',
        '- a',
        'a: 1',
        '---'
      ),
      {
        maxLength: 4
      }
    ),
    fc.integer({ min: 1, max: 4 })
  )
  .map(([header, lines, indent]) =>
    [header, ...lines.map((line) => ' '.repeat(indent) + line)].join('\n')
  )
const ending = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(' ', ' # c', '\n', '\n# c', '\n   # c', '\n ', ' #', '\n\t# c')
  }
)

type Lines = readonly string[]

const indented = (lines: Lines, by: number): Lines => lines.map((line) => ' '.repeat(by) + line)

/** Lines of a block, every one less the indent of what it stands in. */
const { block } = fc.letrec<{ block: Lines }>((tie) => {
  const inline = fc.tuple(fc.oneof({ weight: 9, arbitrary: scalar }, literal), ending)
  const entry = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(name, inline).map(([key, text]) => `${key}: ${text.join('')}`.split('\n'))
    },
    fc
      .tuple(name, ending, fc.integer({ min: 0, max: 3 }), tie('block'))
      .map(([key, end, by, lines]) => [...`${key}:${end}`.split('\n'), ...indented(lines, by)])
  )
  const item = fc.oneof(
    inline.map((text) => `- ${text.join('')}`.split('\n')),
    fc
      .tuple(fc.integer({ min: 1, max: 3 }), tie('block'))
      .map(([by, lines]) => indented(lines, by + 1).with(0, `-${' '.repeat(by)}${lines[0] ?? ''}`)),
    fc
      .tuple(ending, tie('block'))
      .map(([end, lines]) => [...`-${end}`.split('\n'), ...indented(lines, 2)])
  )
  const many = (lines: fc.Arbitrary<Lines>): fc.Arbitrary<Lines> =>
    fc.array(lines, { minLength: 1, maxLength: 4 }).map((all) => all.flat())
  return { block: fc.oneof({ maxDepth: 4, depthSize: 'small' }, many(entry), many(item)) }
})

/** One edit of a text: a few characters in place of a few others. */
const edit = fc.tuple(
  fc.nat(),
  fc.integer({ min: 0, max: 3 }),
  fc.oneof(
    fc.constantFrom(
      '',
      ' ',
      '  ',
      '\n',
      '\n ',
      '\n\n',
      ':',
      ': ',
      ' #',
      '#',
      '-',
      '- ',
      '"',
      "'",
      '|',
      ',',
      '\t'
    ),
    fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '?',
      '&a ',
      '*a',
      '!',
      '\\',
      '\r',
      '---\n',
      '...\n',
      '%',
      '>',
      '0',
      'y',
      'a: 1'
    )
  )
)

/** Documents of YAML: most of them plain, many nearly so, some of them nothing that can be read. */
export const yamlText: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom('', '---\n') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('# c\n---\n', '--- # c\n', '--- a\n', '%YAML 1.1\n---\n', '\n')
      }
    ),
    block,
    fc.constantFrom('\n', '\n', '\n', '', '\n\n', '\n# c\n', '\n  \n'),
    fc.oneof(fc.constant([]), fc.array(edit, { maxLength: 2 }))
  )
  .map(([start, lines, end, edits]) =>
    edits.reduce(
      (text, [place, length, put]) => {
        const at = place % (text.length + 1)
        return text.slice(0, at) + put + text.slice(at + length)
      },
      start + lines.join('\n') + end
    )
  )
