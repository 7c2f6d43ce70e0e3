#!/usr/bin/env node
// Runs src/main.ts. The pinned runtime comes with the lockfile, so a machine with an older Node needs nothing else.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The first release line whose type stripping needs no flag, and that @kubernetes/client-node 2 loads on. */
const oldest = [22, 19]

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) {
  await import('./main.ts')
} else {
  const pinned = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))
  if (!existsSync(pinned)) {
    console.error(
      `spiffe-webhook: Node ${process.version} is too old and ${pinned} is missing: run npm ci, or use Node ${oldest.join('.')} or newer`
    )
    process.exit(70)
  }
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit'
  })
  child.on('error', (error) => {
    console.error(
      `spiffe-webhook: ${pinned} cannot be started (${error.message}): use Node ${oldest.join('.')} or newer`
    )
    process.exitCode = 70
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal !== null) {
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    } else process.exitCode = code ?? 70
  })
}
