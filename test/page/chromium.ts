import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Debian's Chromium; another one by the environment. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync']

/** Starts a Chromium without a window, which asks nobody anything by itself. */
export function startChromium(): Promise<Browser> {
  if (!existsSync(executablePath)) {
    throw new Error(`${executablePath} is missing: apt-get install chromium, or set CHROMIUM`)
  }
  return chromium.launch({ executablePath, args: [...args, ...quiet] })
}
