/** The families of addresses of a cluster, the first of which its API server listens on; as Services name them. */
export type IpFamilies = readonly ['IPv4' | 'IPv6', ...('IPv4' | 'IPv6')[]]

/** Ranges of a cluster's Services, and the first address of each, which belongs to the API server. */
export const serviceRanges = {
  IPv4: { range: '10.96.0.0/16', apiServer: '10.96.0.1' },
  IPv6: { range: 'fd00:10:96::/112', apiServer: 'fd00:10:96::1' }
} as const

/** The family of an address. */
export const familyOf = (address: string): 'IPv4' | 'IPv6' =>
  address.includes(':') ? 'IPv6' : 'IPv4'

/** An address as it stands in a URL. */
export const inUrl = (address: string): string =>
  familyOf(address) === 'IPv6' ? `[${address}]` : address
