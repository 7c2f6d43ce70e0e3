import { join } from 'node:path'
import { buildSync } from 'esbuild'

const client = join(import.meta.dirname, '../src/page/client')

/** src/page/assets.ts: script and style of the HTML pages as two texts, so that the bundled program needs no file beside it. */
export function pageAssets(): string {
  const built = (entry: string): string => {
    const { outputFiles } = buildSync({
      entryPoints: [join(client, entry)],
      bundle: true,
      minify: true,
      write: false,
      format: 'iife',
      target: 'es2022',
      legalComments: 'none'
    })
    return JSON.stringify(outputFiles[0]?.text.trim() ?? '')
  }
  return `/* Generated from client/ by npm run generate; do not edit. */

/** The script of every page. */
export const script: string =
  ${built('client.ts')}

/** The style of every page. */
export const style: string =
  ${built('style.css')}
`
}
