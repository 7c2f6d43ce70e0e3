import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'

/** Heap that is far too small for the values, or the text, of all documents at once. */
const heap = 48

/** A document of 12 KB: most of it a text that the guard does not read. */
const document = (index: number): string =>
  `---
apiVersion: v1
kind: Pod
metadata:
  name: pod-with-a-rather-long-name-${index}
  annotations:
    note: ${'x'.repeat(12_000)}
spec:
  containers: [{name: c, image: i}]
  volumes: [{name: v, hostPath: {path: ${index % 100 === 0 ? '/run/spire/agent-sockets/' : '/data'}}}]
`

t.test('10,000 documents are judged in bounded memory', async (t) => {
  const child = spawn(process.execPath, [
    `--max-old-space-size=${heap}`,
    join(import.meta.dirname, '../../../src/main.ts'),
    ...['check', '-', '-o', 'json']
  ])
  const out: string[] = []
  const err: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text))
  child.stdin.on('error', () => t.comment('it ended early'))
  for (let index = 0; index < 10_000 && child.exitCode === null; index++) {
    if (!child.stdin.write(document(index))) {
      await Promise.race([once(child.stdin, 'drain'), once(child, 'close')])
    }
  }
  child.stdin.end()
  if (child.exitCode === null) await once(child, 'close')
  t.equal(child.exitCode, 1, err.join('').slice(0, 500))
  t.match(JSON.parse(out.join('')).summary, { objects: 10_000, denied: 100, judged: 10_000 })
})
