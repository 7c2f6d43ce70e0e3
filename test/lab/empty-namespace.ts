import { readlinkSync } from 'node:fs'
import type { Part } from './cluster.ts'
import { daemon } from './daemon.ts'
import type { Network } from './network.ts'

const networkOf = (pid: number | 'self'): string => readlinkSync(`/proc/${pid}/ns/net`)

/**
 * A network namespace with nothing in it but the other end of a cable. The kernel ends the namespace with this
 * process, and the cable with the namespace, so that nothing of it outlives a SIGKILL.
 */
export const emptyNamespace = (
  network: Network,
  { folder, logs }: { readonly folder: string; readonly logs: string }
): Part => {
  const holder = daemon({
    name: 'empty-namespace',
    binary: 'unshare',
    args: ['--net', '--', 'sleep', 'infinity'],
    folder,
    logs,
    ports: [],
    ready: async () => networkOf(holder.pid() ?? 'self') !== networkOf('self')
  })
  return {
    start: async () => {
      await holder.start()
      await network.plugInto(holder.pid() ?? 0)
    },
    stop: holder.stop
  }
}
