import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { buildTools } from '../test/lab/build-tools.ts'
import { execute } from '../test/lab/execute.ts'
import { tool } from '../test/lab/toolchain.ts'
import type { Release } from './project.ts'

const namespace = 'spiffe-webhook'

/** Marks of Helm that mean nothing where Helm does not manage the objects. */
const marksOfHelm = /^ *(app\.kubernetes\.io\/managed-by: Helm|helm\.sh\/chart: .*)\n/gm

/** What the chart renders with its defaults, for people without Helm; the pinned Helm renders it. */
export async function installManifest(release: Release, chart: string): Promise<string> {
  await buildTools(['helm/helm'], (line) => process.stderr.write(`${line}\n`))
  const args = ['template', 'spiffe-webhook', chart, '--namespace', namespace, '--no-hooks']
  const { stdout } = await execute(tool('helm/helm').binary, args)
  const head = stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const objects = stdout.replaceAll(marksOfHelm, '').replaceAll(/^# Source: .*\n/gm, '')
  return `# spiffe-webhook ${release.version} with the chart's defaults: kubectl apply -f install.yaml\n${head}${objects}`
}

/** The folder as a base of kustomize: what an overlay may build on. */
export const kustomization = (): string =>
  stringify({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: ['install.yaml']
  })

/** Writes both into the folder that also holds the packed chart. */
export async function writeManifests(
  folder: string,
  release: Release,
  chart: string
): Promise<void> {
  writeFileSync(join(folder, 'install.yaml'), await installManifest(release, chart))
  writeFileSync(join(folder, 'kustomization.yaml'), kustomization())
}
