import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { chartsFolder } from '../../generate/outputs.ts'
import type { JsonObject } from '../../src/kubernetes/json.ts'
import { buildTools } from '../lab/build-tools.ts'
import { execute, type Outcome } from '../lab/execute.ts'
import { tool } from '../lab/toolchain.ts'

/** Our charts. */
export type ChartName = 'spiffe-webhook' | 'workload-api'

/** A rendered object, as far as every one goes. */
export interface ChartObject extends JsonObject {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
}

/** Where each chart is installed by default. */
const namespaces: Readonly<Record<ChartName, string>> = {
  'spiffe-webhook': 'spiffe-webhook',
  'workload-api': 'spire-system'
}

/** The values that provider tbot cannot do without. */
export const tbotValues = {
  trustDomain: 'example.teleport.sh',
  tbot: { proxyServer: 'example.teleport.sh:443' },
  teleport: { join: { issuer: 'https://issuer.example.com' } }
} as const

/** Runs Helm, which is built first where the cache lacks it. */
export async function helm(args: readonly string[], input = ''): Promise<Outcome> {
  await buildTools(['helm/helm'], (line) => process.stderr.write(`${line}\n`))
  return execute(tool('helm/helm').binary, args, { input, allowFailure: true })
}

/** The folder of a chart. */
export const chartPath = (chart: ChartName): string => join(chartsFolder, chart)

async function template(chart: ChartName, values: object): Promise<Outcome> {
  const place = ['--namespace', namespaces[chart], '--values', '-']
  return helm(['template', chart, chartPath(chart), ...place], JSON.stringify(values))
}

/** Every object that a chart renders with these values. */
export async function render(
  chart: ChartName,
  values: object = {}
): Promise<readonly ChartObject[]> {
  const { code, stdout, stderr } = await template(chart, values)
  if (code !== 0) throw new Error(stderr)
  const objects = parseAllDocuments(stdout).map((document) => document.toJS() as ChartObject | null)
  return objects.filter((object) => object !== null)
}

/** What Helm says of values that it does not take; empty where it takes them. */
export async function refusal(chart: ChartName, values: object): Promise<string> {
  const { code, stderr } = await template(chart, values)
  return code === 0 ? '' : stderr
}

/** The one object of a kind, by name where the chart has several. */
export function one(objects: readonly ChartObject[], kind: string, name?: string): ChartObject {
  const found = objects.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name)
  )
  const [first] = found
  if (first === undefined || found.length > 1) {
    throw new Error(`${found.length} objects ${kind} ${name ?? ''}`)
  }
  return first
}

/** Every object of a kind. */
export const all = (objects: readonly ChartObject[], kind: string): readonly ChartObject[] =>
  objects.filter((object) => object.kind === kind)
