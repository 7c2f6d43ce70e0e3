import { isIP } from 'node:net'
import { connect, type DetailedPeerCertificate } from 'node:tls'

/** The chain that a server shows, as PEM, leaf first; or why none was seen. */
export type Shown =
  | { readonly kind: 'shown'; readonly pem: string }
  | { readonly kind: 'unreachable'; readonly why: string }

/**
 * Looks at the certificate of a TLS server and sends nothing. `patience` is milliseconds for name, connection and
 * handshake: short, since a Service's name is often unknown outside its cluster.
 */
export function handshake(host: string, port: number, patience = 3000): Promise<Shown> {
  return new Promise((resolve) => {
    const servername = isIP(host) === 0 ? { servername: host } : {}
    // Trust is what is to be judged, so the certificate is taken as it comes, and nothing is sent.
    const socket = connect({ host, port, rejectUnauthorized: false, ...servername })
    const end = (shown: Shown): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(shown)
    }
    const timer = setTimeout(
      () => end({ kind: 'unreachable', why: `no answer within ${patience / 1000} s` }),
      patience
    )
    socket.once('error', ({ message }) => end({ kind: 'unreachable', why: message }))
    socket.once('secureConnect', () =>
      end({ kind: 'shown', pem: chainOf(socket.getPeerCertificate(true)) })
    )
  })
}

/** The last certificate of Node's linked chain is its own issuer. */
function chainOf(leaf: DetailedPeerCertificate): string {
  const seen = new Set<string>()
  const blocks: string[] = []
  let at: DetailedPeerCertificate | undefined = leaf
  while (at?.raw !== undefined && !seen.has(at.fingerprint256)) {
    seen.add(at.fingerprint256)
    const body = at.raw.toString('base64').replace(/.{64}/g, '$&\n')
    blocks.push(`-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`)
    at = at.issuerCertificate
  }
  return blocks.join('')
}
