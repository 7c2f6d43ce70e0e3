#!/usr/bin/env node
// Starts src/main.ts in a checkout and the bundle in a package, or says in one sentence which Node that needs.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The first release line whose type stripping needs no flag, and that @kubernetes/client-node 2 loads on. */
const oldest = [22, 19]

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) {
  keepCompiledCode()
  await import('./main.ts')
} else {
  // A checkout has the runtime that its lockfile pins.
  const pinned = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))
  if (existsSync(pinned)) runOn(pinned)
  else fail(`Node ${process.version} is too old`)
}

/** Later starts skip the compiler. The folder is the user's own: another's code must not come out of it. */
function keepCompiledCode() {
  try {
    const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
    module.enableCompileCache(join(caches, 'spiffe-webhook', 'compile-cache'))
  } catch {
    // Without a home, or where nothing may be written, the start takes longer.
  }
}

/** @param {string} node */
function runOn(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit'
  })
  child.on('error', ({ message }) => fail(`${node} cannot be started (${message})`))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal !== null) {
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    } else process.exitCode = code ?? 70
  })
}

/** @param {string} what */
function fail(what) {
  console.error(`spiffe-webhook: ${what}: use Node ${oldest.join('.')} or newer`)
  process.exitCode = 70
}
