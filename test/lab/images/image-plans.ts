import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { type ToolName, tool } from '../toolchain.ts'
import { envoy } from './envoy.ts'
import { moduleFolder } from './go-module.ts'
import { pause } from './pause.ts'
import { assembled, given, type Plan } from './plan.ts'
import type { RequiredCommand } from './required-commands.ts'
import { webhookImage } from './webhook-image.ts'

/** How the kubelet calls an image, what must be there to make it, and how it is made. */
export interface PlannedImage {
  /** Never `latest`, which the kubelet would always pull. */
  readonly reference: string
  readonly tools: readonly ToolName[]
  readonly commands: readonly RequiredCommand[]
  readonly plan: (name: string) => Promise<Plan>
}

const program = (reference: string, from: ToolName, to: string, user?: string): PlannedImage => ({
  reference,
  tools: [from],
  commands: [],
  plan: async (name) =>
    assembled(name, {
      base: 'scratch',
      files: { [to]: tool(from).binary },
      entrypoint: [to],
      ...(user === undefined ? {} : { user })
    })
})

/** An image that a user may bring: its OCI archive's path is in this environment variable. */
const replaceable = (variable: string, ours: PlannedImage): PlannedImage => {
  const archive = process.env[variable]
  if (archive === undefined || archive === '') return ours
  return { ...ours, tools: [], commands: [], plan: async () => given(archive) }
}

const sidecar = async (name: string): Promise<Plan> => {
  const istio = await moduleFolder('istio/pilot-agent', 'istio.io/istio')
  return assembled(name, {
    base: 'debian',
    // Places of pilot/docker/Dockerfile.proxyv2.
    files: {
      '/usr/local/bin/pilot-agent': tool('istio/pilot-agent').binary,
      '/usr/local/bin/envoy': await envoy(),
      '/var/lib/istio/envoy/envoy_bootstrap_tmpl.json': join(
        istio,
        'tools/packaging/common/envoy_bootstrap.json'
      )
    },
    run: ['useradd', '--uid', '1337', '--user-group', 'istio-proxy'],
    entrypoint: ['/usr/local/bin/pilot-agent']
  })
}

const sockShop = async (name: string): Promise<Plan> =>
  assembled(name, {
    base: 'debian',
    files: {
      '/usr/local/bin/node': realpathSync(
        join(import.meta.dirname, '../../../node_modules/.bin/node')
      ),
      '/opt/sock-shop.mjs': join(import.meta.dirname, 'sock-shop.mjs'),
      '/opt/mesh-peer.mjs': join(import.meta.dirname, 'mesh-peer.mjs')
    },
    user: '1000:1000',
    entrypoint: ['/usr/local/bin/node', '/opt/sock-shop.mjs']
  })

type Name =
  | 'pause'
  | 'webhook'
  | 'istiod'
  | 'istio-proxy'
  | 'spire-agent'
  | 'csi-driver'
  | 'csi-registrar'
  | 'sock-shop'

/** All images of the node tests. */
export const plannedImages: Readonly<Record<Name, PlannedImage>> = {
  pause: {
    reference: 'spiffe-webhook.test/pause:test',
    tools: [],
    commands: ['cc'],
    plan: async (name) =>
      assembled(name, {
        base: 'scratch',
        files: { '/pause': await pause() },
        entrypoint: ['/pause']
      })
  },
  webhook: {
    reference: 'spiffe-webhook.test/webhook:test',
    tools: [],
    commands: ['apt-get', 'dpkg-deb', 'npm'],
    plan: webhookImage
  },
  istiod: program(
    'istio.test/pilot:test',
    'istio/pilot-discovery',
    '/usr/local/bin/pilot-discovery',
    '1337:1337'
  ),
  'istio-proxy': {
    reference: 'istio.test/proxyv2:test',
    tools: ['istio/pilot-agent'],
    commands: ['debootstrap', 'pip3'],
    plan: sidecar
  },
  'spire-agent': program(
    'spiffe-webhook.test/spire-agent:test',
    'spire/spire-agent',
    '/opt/spire/bin/spire-agent'
  ),
  'csi-driver': replaceable(
    'SPIFFE_CSI_DRIVER_ARCHIVE',
    program('spiffe-webhook.test/csi-driver:test', 'csi-stand-in/driver', '/csi-driver')
  ),
  'csi-registrar': replaceable(
    'CSI_NODE_DRIVER_REGISTRAR_ARCHIVE',
    program('spiffe-webhook.test/csi-registrar:test', 'csi-stand-in/registrar', '/csi-registrar')
  ),
  'sock-shop': {
    reference: 'spiffe-webhook.test/sock-shop:test',
    tools: [],
    commands: ['debootstrap'],
    plan: sockShop
  }
}
