import type { Client } from './cluster.ts'
import { familyOf } from './ip-families.ts'

interface ServicePort {
  readonly name?: string
  readonly port: number
}

const managedBy = 'endpointslice.kubernetes.io/managed-by'

/** The name of the EndpointSlice that sends a Service to one port of this machine. */
export const sliceName = (service: string, port: number): string => `${service}-outside-${port}`

const slice = (service: string, portName: string, address: string, port: number): object => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name: sliceName(service, port),
    // Slices with another manager's name are left alone by the controller-manager, also when the
    // Service has a selector.
    labels: { 'kubernetes.io/service-name': service, [managedBy]: 'test-cluster' }
  },
  addressType: familyOf(address),
  endpoints: [{ addresses: [address], conditions: { ready: true } }],
  ports: [{ name: portName, port, protocol: 'TCP' }]
})

/** Where programs outside the cluster answer for a Service. */
export interface Outside {
  readonly namespace: string
  readonly service: string
  readonly address: string
  readonly ports: readonly number[]
}

/**
 * Makes the API server reach a Service's port 443 at programs on this machine, one port each, in
 * place of those of an earlier call. It works because kube-apiserver runs with
 * --enable-aggregator-routing, for any address but loopback, which EndpointSlices refuse.
 */
export const expose = async (kubectl: Client, outside: Outside): Promise<void> => {
  const { namespace, service, address, ports } = outside
  const found = await kubectl(['-n', namespace, 'get', 'service', service, '-o', 'json'])
  const servicePorts: readonly ServicePort[] = JSON.parse(found.stdout).spec.ports
  const https = servicePorts.find(({ port }) => port === 443)
  if (https === undefined) throw new Error(`service ${namespace}/${service} has no port 443`)
  const items = ports.map((port) => slice(service, https.name ?? '', address, port))
  if (items.length > 0) {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
    // Validation would have kubectl fetch the whole schema, for half a minute from a busy API server.
    await kubectl(['-n', namespace, 'apply', '--validate=false', '-f', '-'], { input })
  }
  const ours = `kubernetes.io/service-name=${service},${managedBy}=test-cluster`
  const older = ports.map((port) => `metadata.name!=${sliceName(service, port)}`).join(',')
  await kubectl([
    ...['-n', namespace, 'delete', 'endpointslices', '-l', ours],
    ...['--field-selector', older]
  ])
}
