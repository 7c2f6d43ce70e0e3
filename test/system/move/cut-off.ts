import type { Node } from '../../lab/node/start-node.ts'

/** The port on which istiod serves its sidecars. */
const port = '15012'

// The network namespace of a pod is the one that has its address.
const inNamespaceOf = (address: string, command: string): string =>
  `for namespace in /run/netns/*; do
  if nsenter --net=$namespace ip -4 -o address show | grep -qF ' ${address}/'; then
    nsenter --net=$namespace sh -ec '${command}'
    exit 0
  fi
done
exit 1`

/** Drops everything between a pod and istiod, as when the connection hangs. Returns what lets it through again. */
export async function cutOffFromIstiod(
  { machine }: Node,
  address: string
): Promise<() => Promise<unknown>> {
  const rules = (change: '-I' | '-D'): Promise<unknown> => {
    const rule = (chain: string, direction: string): string =>
      `iptables -w ${change} ${chain} -p tcp --${direction} ${port} -j DROP`
    const command = `${rule('OUTPUT', 'dport')}; ${rule('INPUT', 'sport')}`
    return machine.run('sh', '-c', inNamespaceOf(address, command))
  }
  await rules('-I')
  return () => rules('-D')
}
