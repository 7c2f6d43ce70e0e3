import { basename, dirname } from 'node:path'
import { Ajv } from 'ajv'
import standalone from 'ajv/dist/standalone/index.js'
import { build, type Metafile, type Plugin } from 'esbuild'
import { configSchema } from '../src/config/schema.ts'
import { ajvOptions } from '../src/config/validate.ts'
import { projectRoot } from './project.ts'

/** The program in as many files as it has parts to load, and esbuild's account of what went into them. */
export interface Bundle {
  /** Content by name; `spiffe-webhook.mjs` is the entry. */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly metafile: Metafile
}

/** src/config/validate.ts as it is once ajv has compiled the schema. */
const compiledSchema: Plugin = {
  name: 'compiled-schema',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/src\/config\/validate\.ts$/ }, ({ path }) => {
      const ajv = new Ajv({ ...ajvOptions, code: { source: true, esm: true } })
      const contents = standalone.default(ajv, ajv.compile(configSchema))
      return { contents, resolveDir: dirname(path) }
    })
  }
}

/**
 * `import … from 'node:http'` reads every export of it, and one of them is a getter that loads all of undici. A module
 * of CommonJS is read where it is used.
 */
const httpWithoutUndici: Plugin = {
  name: 'http-without-undici',
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'node:http', namespace: 'builtin' } : undefined
    )
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`
    }))
  }
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
    plugins: [compiledSchema, httpWithoutUndici],
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
