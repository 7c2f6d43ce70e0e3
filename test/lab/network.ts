import { execute } from './execute.ts'
import type { IpFamilies } from './ip-families.ts'

/** A cable between this machine and a node, and the addresses behind it. */
export interface Network {
  /** This machine's end: where the control plane listens. */
  readonly hostAddress: string
  readonly nodeAddress: string
  /** Addresses of the node's pods, which this machine reaches through the node. */
  readonly podRange: string
  /** Puts the other end into a process's network namespace and routes pods through it. */
  readonly plugInto: (pid: number) => Promise<void>
  readonly remove: () => Promise<void>
}

const ip = async (...args: string[]): Promise<string> => (await execute('ip', args)).stdout

/** 198.18.0.0/15 is kept for tests of networks (RFC 2544), so nothing else should use it. */
const freeIndex = async (): Promise<number> => {
  const taken = await ip('-4', 'address', 'show')
  for (let index = 0; index < 64; index++) {
    if (!taken.includes(`inet 198.18.${index}.1/`)) return index
  }
  throw new Error('64 nodes run on this machine already: end some of them')
}

/**
 * Lays the cable. It goes with `remove`, or with the namespace that it was plugged into. Its IPv6 addresses are of
 * 2001:2::/48, which is kept for tests too (RFC 5180).
 */
export const makeNetwork = async (families: IpFamilies = ['IPv4']): Promise<Network> => {
  const index = await freeIndex()
  const [outside, inside] = [`swh${index}-host`, `swh${index}-node`]
  const addresses = { IPv4: `198.18.${index}.1`, IPv6: `2001:2:0:${index + 1}::1` }
  const nodeAddress = `198.18.${index}.2`
  const podRange = `198.19.${index}.0/24`
  await ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside)
  await ip('address', 'add', `${addresses.IPv4}/30`, 'dev', outside)
  if (families.includes('IPv6')) {
    await ip('address', 'add', `${addresses.IPv6}/64`, 'dev', outside, 'nodad')
  }
  await ip('link', 'set', outside, 'up')
  return {
    hostAddress: addresses[families[0]],
    nodeAddress,
    podRange,
    plugInto: async (pid) => {
      await ip('link', 'set', inside, 'netns', String(pid), 'name', 'eth0')
      const within = (...args: string[]): Promise<unknown> =>
        execute('nsenter', ['--target', String(pid), '--net', '--', 'ip', ...args])
      await within('link', 'set', 'lo', 'up')
      await within('address', 'add', `${nodeAddress}/30`, 'dev', 'eth0')
      await within('link', 'set', 'eth0', 'up')
      await within('route', 'add', 'default', 'via', addresses.IPv4)
      await ip('route', 'add', podRange, 'via', nodeAddress)
    },
    remove: async () => {
      await execute('ip', ['link', 'delete', outside], { allowFailure: true })
    }
  }
}
