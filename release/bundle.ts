import { basename } from 'node:path'
import { build, type Metafile } from 'esbuild'
import { projectRoot } from './project.ts'

/** The program in as many files as it has parts to load, and esbuild's account of what went into them. */
export interface Bundle {
  /** Content by name; `spiffe-webhook.mjs` is the entry. */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly metafile: Metafile
}

/** Bundles src/main.ts of a checkout with every package that it needs. */
export async function bundle(root: string = projectRoot): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { 'spiffe-webhook': 'src/main.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    minifyWhitespace: true,
    minifySyntax: true,
    platform: 'node',
    target: 'node22.19',
    format: 'esm',
    // Its other entry finds its parts by a require that no bundler sees through.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    outExtension: { '.js': '.mjs' },
    legalComments: 'none',
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);"
    },
    logLevel: 'warning',
    metafile: true,
    write: false
  })
  const files = outputFiles.map(({ path, contents }) => [basename(path), contents] as const)
  return { files: new Map(files.toSorted(([a], [b]) => (a < b ? -1 : 1))), metafile }
}
