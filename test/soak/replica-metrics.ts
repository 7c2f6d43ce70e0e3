import type { Replica } from '../api-server/webhook.ts'

/** What a replica says of itself. */
export interface ReplicaMetrics {
  /** MiB. */
  readonly resident: number
  /** MiB. */
  readonly heap: number
  readonly rotations: number
  readonly lostLines: number
}

/** Scrapes a replica. */
export async function scrape(address: string, { probesPort }: Replica): Promise<ReplicaMetrics> {
  const answer = await fetch(`http://${address}:${probesPort}/metrics`)
  const text = await answer.text()
  const value = (name: string): number =>
    Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  return {
    resident: value('process_resident_memory_bytes') / 1024 ** 2,
    heap: value('nodejs_heap_size_used_bytes') / 1024 ** 2,
    rotations: value('spiffe_webhook_certificate_rotations_total'),
    lostLines: value('spiffe_webhook_log_lines_lost_total')
  }
}
