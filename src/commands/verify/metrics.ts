import { Gauge, Pushgateway, Registry } from 'prom-client'
import { statusOf } from '../../verify/check.ts'
import type { Report } from '../../verify/report.ts'

/**
 * For Prometheus: gauges of one run. Labels are words of closed lists and names of labelled namespaces, never of
 * pods.
 */
export function verifyMetrics(report: Report): Promise<string> {
  return registryOf(report).metrics()
}

/** Milliseconds for the gateway to answer. */
const patience = 10_000

/**
 * Replaces the metrics of the group `job=spiffe-webhook-verify` at a Prometheus Pushgateway. Answers one sentence
 * where that failed.
 */
export async function pushMetrics(gateway: string, report: Report): Promise<string | undefined> {
  const url = gateway.replace(/\/$/, '')
  try {
    const pusher = new Pushgateway(url, { timeout: patience }, registryOf(report))
    await pusher.push({ jobName: 'spiffe-webhook-verify' })
    return undefined
  } catch (error) {
    return `${url} did not take the metrics: ${error instanceof Error ? error.message : String(error)}`
  }
}

function registryOf({ results, tallies, svids, time }: Report): Registry {
  const registry = new Registry()
  const registers = [registry]
  const prefix = 'spiffe_webhook_verify'
  new Gauge({
    name: `${prefix}_last_run_timestamp_seconds`,
    help: 'When the last run began.',
    registers
  }).set(Date.parse(time) / 1000)
  const status = new Gauge({
    name: `${prefix}_check_status`,
    help: '1 for the status that a check has.',
    labelNames: ['check', 'status'],
    registers
  })
  const found = new Gauge({
    name: `${prefix}_findings`,
    help: 'Findings of the last run.',
    labelNames: ['check', 'reason', 'severity'],
    registers
  })
  for (const result of results) {
    const { check, findings } = result
    status.set({ check, status: statusOf(result) }, 1)
    for (const { reason, severity } of findings) found.inc({ check, reason, severity })
  }
  const pods = new Gauge({
    name: `${prefix}_pods`,
    help: 'Running pods of labelled namespaces by state.',
    labelNames: ['namespace', 'state'],
    registers
  })
  for (const [namespace, tally] of tallies) {
    for (const [state, count] of Object.entries(tally)) pods.set({ namespace, state }, count)
  }
  const ends = new Gauge({
    name: `${prefix}_certificate_not_after_timestamp_seconds`,
    help: "When the first certificate of a service account's Envoys expires.",
    labelNames: ['namespace', 'service_account'],
    registers
  })
  // Pods of one service account may be asked in two states: the first that expires counts.
  for (const svid of svids.toSorted((a, b) => b.notAfter.localeCompare(a.notAfter))) {
    const { namespace, serviceAccount } = svid
    ends.set({ namespace, service_account: serviceAccount }, Date.parse(svid.notAfter) / 1000)
  }
  return registry
}
