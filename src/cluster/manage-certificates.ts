import type { Logger } from 'pino'
import type { KeyPairSource } from '../certificates/key-pair.ts'
import { manage } from '../certificates/manage.ts'
import type { CertificateCounts } from '../certificates/reconcile.ts'
import type { CertificatesConfig } from '../config/config.ts'
import { certificateStore } from './certificate-store.ts'

/** Certificates of mode selfSigned, kept in the cluster that this process runs in. */
export function manageCertificates(
  config: CertificatesConfig,
  logger: Logger,
  counts: CertificateCounts
): KeyPairSource {
  return manage({
    store: certificateStore(config),
    config,
    info: (message) => logger.info(message),
    warn: (message) => logger.warn(message),
    counts
  })
}
