import t from 'tap'
import { notesOf } from '../../release/changelog.ts'
import { projectVersion, readProject } from '../../release/project.ts'

const changelog = `# Changelog

## [Unreleased]

### Added

- Not yet.

## [0.2.0] - 2026-11-28

### Added

- One thing
  in two lines.
- Another.

### Fixed

- A third.

## [0.1.0] - 2026-01-01

- Old.

[0.2.0]: https://spiffe-webhook.example
`

t.test('a version has the notes of its own section', async (t) => {
  const { date, text, changes } = notesOf(changelog, '0.2.0')
  t.equal(date, '2026-11-28')
  t.match(text, /^### Added\n\n- One thing\n {2}in two lines\.\n[\s\S]*- A third\.$/)
  t.notMatch(text, /Old|Not yet|example/)
  t.same(changes, [
    { kind: 'added', description: 'One thing in two lines.' },
    { kind: 'added', description: 'Another.' },
    { kind: 'fixed', description: 'A third.' }
  ])
  t.notMatch(notesOf(changelog, '0.1.0').text, /example/, 'links are not notes')
})

t.test('a version without a section has the unreleased notes, and no date', async (t) => {
  const { date, text } = notesOf(changelog, '0.3.0')
  t.equal(date, undefined)
  t.match(text, /Not yet/)
})

t.test('notes that cannot be published are refused', async (t) => {
  t.throws(() => notesOf('# Changelog\n', '1.0.0'), /no section \[1\.0\.0\]/)
  t.throws(() => notesOf('## [1.0.0]\n\n- A.\n', '1.0.0'), /must end in " - YYYY-MM-DD"/)
  t.throws(() => notesOf('## [1.0.0] - 2026-01-01\n', '1.0.0'), /says nothing/)
})

t.test('the notes of this version can be cut', async (t) => {
  t.ok(notesOf(readProject('CHANGELOG.md'), projectVersion()).changes.length > 0)
})
