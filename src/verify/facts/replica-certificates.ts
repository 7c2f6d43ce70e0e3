import type { Get } from '../../cluster/api.ts'
import { listAt, nameOf, textAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { Service } from './config.ts'

/** How long the certificate that a replica serves is valid. */
export interface ReplicaCertificate {
  readonly pod: string
  /** Milliseconds. */
  readonly notBefore: number
  readonly notAfter: number
}

/** What the ready replicas of a namespace said. */
export interface ReplicaCertificates {
  readonly namespace: string
  readonly asked: readonly ReplicaCertificate[]
}

/**
 * Asks each ready replica for the metrics of its certificate, through the API server (`get` on pods/proxy). The times
 * of a certificate tell it from its successor. Left out is what the caller may not ask, and what the API server
 * cannot reach: firewalls often let it call the port of the webhooks alone.
 */
export async function readReplicaCertificates(
  peek: Get,
  { namespace }: Service,
  pods: readonly JsonObject[],
  probesPort: number
): Promise<ReplicaCertificates> {
  const asked = await Promise.all(
    pods.filter(isReady).map(async (pod) => {
      const name = nameOf(pod)
      const path = `/api/v1/namespaces/${namespace}/pods/${name}:${probesPort}/proxy/metrics`
      const text = await peek(path).then(
        ({ status, body }) => (status === 200 && typeof body === 'string' ? body : ''),
        () => ''
      )
      const [notBefore, notAfter] = [timeOf(text, 'before'), timeOf(text, 'after')]
      return notBefore === undefined || notAfter === undefined
        ? []
        : [{ pod: name, notBefore, notAfter }]
    })
  )
  return { namespace, asked: asked.flat() }
}

const isReady = (pod: JsonObject): boolean =>
  listAt(pod, 'status', 'conditions').some(
    (condition) => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True'
  )

function timeOf(metrics: string, which: 'before' | 'after'): number | undefined {
  const metric = `spiffe_webhook_certificate_not_${which}_timestamp_seconds`
  const [, seconds] = new RegExp(`^${metric} (\\d\\S*)$`, 'm').exec(metrics) ?? []
  return seconds === undefined ? undefined : Number(seconds) * 1000
}
