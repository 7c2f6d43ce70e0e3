import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'

const handedOut = new Set<number>()

/** Tells whether nobody listens on a port of this machine. */
export const isFree = async (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)))
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

/** An IPv4 address of this machine that is not loopback, which is all that Endpoints may hold. */
export const machineAddress = (): string => {
  const address = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)
  if (address === undefined) throw new Error('this machine has no IPv4 address but loopback')
  return address.address
}
