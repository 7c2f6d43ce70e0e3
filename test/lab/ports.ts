import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'

const handedOut = new Set<number>()

/** Tells whether nobody listens on a port of this machine. */
export const isFree = async (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })

/** Finds a port below the ranges from which the kernel and NodePort Services choose theirs. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(20_000, 30_000)
    if (handedOut.has(port) || !(await isFree(port))) continue
    handedOut.add(port)
    return port
  }
}

/** An address of this machine that is neither loopback nor of one link only, which is all that EndpointSlices may hold. */
export const machineAddress = (wanted: 'IPv4' | 'IPv6' = 'IPv4'): string => {
  const address = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal, scopeid = 0 }) => family === wanted && !internal && scopeid === 0)
  if (address === undefined) throw new Error(`this machine has no ${wanted} address but loopback`)
  return address.address
}
