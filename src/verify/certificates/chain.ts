import type { X509Certificate } from 'node:crypto'

/** How a leaf leads to a root: by the root's own signature, or over intermediates of its chain. */
export type Trust = 'direct' | 'viaIntermediates' | 'none'

/** Longest chain that is followed. */
const longest = 8

/** Follows signatures from the leaf of a chain to one of the roots. Dates are not looked at. */
export function trustOf(
  [leaf, ...intermediates]: readonly X509Certificate[],
  roots: readonly X509Certificate[]
): Trust {
  let current = leaf
  for (let depth = 0; current !== undefined && depth < longest; depth++) {
    const subject: X509Certificate = current
    if (roots.some((root) => isSignedBy(subject, root))) {
      return depth === 0 ? 'direct' : 'viaIntermediates'
    }
    current = intermediates.find((above) => above !== subject && isSignedBy(subject, above))
  }
  return 'none'
}

/** Names and signature; a key of another type than the signature makes OpenSSL throw. */
function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  } catch {
    return false
  }
}
