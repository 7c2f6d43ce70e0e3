import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from '../cluster.ts'
import { type Daemon, type DaemonOptions, daemon } from '../daemon.ts'
import { execute, type Outcome } from '../execute.ts'
import type { Network } from '../network.ts'

/** Namespaces of this machine that pass for a machine of their own: mounts, network, processes, name. */
export interface Machine {
  readonly name: string
  /** Describes a program that runs inside; it ends with the machine at the latest. */
  readonly daemon: (options: Omit<DaemonOptions, 'ports' | 'logs' | 'folder'>) => Daemon
  /** Runs a command inside to its end. */
  readonly run: (command: string, ...args: string[]) => Promise<Outcome>
}

// Everything that a kubelet and its containers write by default is in memory and gone with the mount namespace: the
// machine's own /run and /var/lib stay as they are. Mounts are shared within, as a CSI driver's must reach the kubelet.
// As process 1 the shell collects the processes that containers leave behind.
const boot = `set -e
mount --make-rshared /
for folder in /run /var/lib /var/log; do mount -t tmpfs tmpfs $folder; mount --make-shared $folder; done
mkdir -p /run/lock /var/lib/kubelet
hostname "$1"
echo 1 > /proc/sys/net/ipv4/ip_forward
: > "$2"
while :; do sleep infinity & wait; done`

const namespaces = ['--mount', '--net', '--pid', '--uts', '--ipc']

/** The kernel kills process 1 with `unshare`, and with process 1 everything inside. */
const startNamespaces = async (cluster: Cluster, name: string): Promise<() => number> => {
  const booted = join(cluster.folder, `${name}-booted`)
  const shell = daemon({
    name,
    binary: 'unshare',
    folder: cluster.folder,
    logs: cluster.logs,
    args: [
      ...namespaces,
      ...['--fork', '--kill-child=KILL', '--mount-proc', '--', 'sh', '-c', boot, 'sh', name, booted]
    ],
    ports: [],
    ready: async () => existsSync(booted)
  })
  await cluster.add({ ...shell, stop: () => shell.stop(0) })
  const pid = shell.pid()
  const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return () => Number(child)
}

/** Starts an empty machine on a network. Needs root. */
export const startMachine = async (
  cluster: Cluster,
  network: Network,
  name: string
): Promise<Machine> => {
  const pid = await startNamespaces(cluster, name)
  await network.plugInto(pid())
  const enter = ['--target', String(pid()), ...namespaces, '--']
  return {
    name,
    daemon: (options) =>
      daemon({
        ...options,
        folder: cluster.folder,
        logs: cluster.logs,
        binary: 'nsenter',
        // nsenter passes no signals on: the program learns of its end from the kernel.
        args: [...enter, 'setpriv', '--pdeathsig', 'TERM', '--', options.binary, ...options.args],
        ports: []
      }),
    run: (command, ...args) => execute('nsenter', [...enter, command, ...args])
  }
}
