import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { gzip, tar } from '../../release/archive.ts'
import { untar } from '../../release/untar.ts'

const entries = [
  { path: 'a' },
  { path: 'a/link', link: 'program' },
  { path: 'a/program', content: '#!/bin/sh\n', mode: 0o755 },
  { path: 'a/text', content: 'text\n', uid: 65532 }
]

t.test('tar lists the entries with fixed times, modes and users', async (t) => {
  const file = join(t.testdir(), 'a.tar')
  writeFileSync(file, await tar(entries))
  const args = ['--list', '--verbose', '--utc', '--numeric-owner', '--file', file]
  const lines = execFileSync('tar', args).toString().trim().split('\n')
  t.same(
    lines.map((line) => line.replace(/ +/g, ' ')),
    [
      'drwxr-xr-x 0/0 0 1985-10-26 08:15 a/',
      'lrwxrwxrwx 0/0 0 1985-10-26 08:15 a/link -> program',
      '-rwxr-xr-x 0/0 10 1985-10-26 08:15 a/program',
      '-rw-r--r-- 65532/65532 5 1985-10-26 08:15 a/text'
    ]
  )
})

t.test('what was packed is unpacked', async (t) => {
  const found = await untar(await tar(entries))
  t.same(
    found.map(({ path }) => path),
    entries.map(({ path }) => path)
  )
  t.equal(found[1]?.link, 'program')
  t.equal(String(found[3]?.content), 'text\n')
})

t.test('the gzip header names no time and no operating system', async (t) => {
  const header = gzip(Buffer.from('text')).subarray(0, 10)
  t.same([...header.subarray(4, 8)], [0, 0, 0, 0])
  t.equal(header[9], 255)
})
