/** Milliseconds for the gateway to answer. */
const patience = 10_000

/**
 * Replaces the metrics of the group `job=spiffe-webhook-verify` at a Prometheus Pushgateway (its PUT contract).
 * Answers one sentence where that failed.
 */
export async function pushMetrics(gateway: string, metrics: string): Promise<string | undefined> {
  const url = `${gateway.replace(/\/$/, '')}/metrics/job/spiffe-webhook-verify`
  try {
    const response = await fetch(url, {
      method: 'PUT',
      body: metrics,
      headers: { 'content-type': 'text/plain; version=0.0.4' },
      signal: AbortSignal.timeout(patience)
    })
    return response.ok ? undefined : `${url} answered ${response.status}`
  } catch (error) {
    const { message, cause } = error as { readonly message: string; readonly cause?: unknown }
    const why = cause instanceof Error && cause.message !== '' ? cause.message : message
    return `${url} cannot be reached: ${why}`
  }
}
