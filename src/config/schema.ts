import { guardSchema } from './guard-schema.ts'
import { injectSchema } from './inject-schema.ts'
import { count, hostName, type Schema, section, text } from './schema-parts.ts'

/*
 * The one table of every option: its shape, default and meaning. The types (config.ts), the checks, the defaults, the
 * chart's values and docs/reference/configuration.md are all made from it (npm run generate).
 */

/** A Service cannot name port 0, which lets a test listen on any free one. */
const servicePort = { schema: { minimum: 1 } }

const server = section(
  'ServerConfig',
  'The HTTPS server. Durations are milliseconds, sizes are bytes.',
  {
    host: {
      ...text(
        'Address to listen on. Use `::` where pods have only IPv6 addresses; it accepts IPv4 too on dual-stack nodes.',
        '0.0.0.0'
      ),
      chart: { schema: { enum: ['0.0.0.0', '::'] } }
    },
    port: { ...count('Port of the webhooks (TLS).', 8443, 0, 65535), chart: servicePort },
    probesPort: {
      ...count('Port of /livez, /readyz and /metrics (plain HTTP).', 8080, 0, 65535),
      chart: servicePort
    },
    bodyLimit: count(
      'Maximum size of a request body in bytes. A review of an UPDATE carries two objects of up to 3 MiB each.',
      8_388_608,
      65_536,
      67_108_864
    ),
    requestTimeout: count(
      'Milliseconds for the headers and body of a request; must be below the timeoutSeconds of the webhooks.',
      4000,
      100,
      30_000
    ),
    maxConnections: count(
      'Maximum number of open connections. When it is reached, a new one takes the place of one that has completed no request, first from the address that has most of them.',
      1024,
      1,
      65_535
    ),
    drainDelay: count(
      'Milliseconds between SIGTERM and closing, so that the endpoints of the Service are updated first.',
      5000,
      0,
      60_000
    ),
    clientCa: {
      type: 'string',
      minLength: 1,
      description:
        'PEM file of a CA. If set, callers must present a client certificate signed by it (see the API server flag --admission-control-config-file).',
      chart: {
        default: null,
        description:
          'PEM file of a CA (mounted by extraVolumes). If set, API servers must present a client certificate signed by it. Null: not checked.'
      }
    }
  }
)

const certificates = section(
  'CertificatesConfig',
  'Where the serving certificate and its key come from. Durations are seconds.',
  {
    mode: {
      type: 'string',
      enum: ['selfSigned', 'certManager', 'files'],
      description:
        '`selfSigned`: the webhook creates and rotates its own CA and serving certificate in one Secret; `certManager`: cert-manager does; `files`: a Secret of yours.',
      default: 'selfSigned'
    },
    directory: {
      ...text(
        'certManager, files: directory that holds tls.crt and tls.key, such as a mounted Secret.',
        '/etc/spiffe-webhook/tls'
      ),
      chart: false
    },
    secret: {
      ...section(
        'SecretName',
        'selfSigned: the Secret that holds the CA and the serving certificate.',
        {
          namespace: text('Its namespace.', 'spiffe-webhook'),
          name: text('Its name.', 'spiffe-webhook-tls')
        }
      ),
      chart: false
    },
    dnsNames: {
      type: 'array',
      items: hostName,
      minItems: 1,
      description: 'selfSigned: DNS names and IP addresses in the serving certificate.',
      default: ['spiffe-webhook.spiffe-webhook.svc'],
      chart: false
    },
    leafLifetime: count(
      'selfSigned, certManager: lifetime of the serving certificate in seconds; it is renewed after two thirds of it.',
      86_400,
      10,
      31_536_000
    ),
    caLifetime: count(
      'selfSigned, certManager: lifetime of the CA in seconds, at least twice leafLifetime; it is renewed after two thirds of it.',
      31_536_000,
      20,
      315_360_000
    ),
    mutatingWebhookConfiguration: {
      type: 'string',
      description:
        'selfSigned: name of the MutatingWebhookConfiguration whose caBundles are kept up to date; empty for none.',
      default: 'spiffe-webhook',
      chart: false
    },
    validatingWebhookConfiguration: {
      type: 'string',
      description:
        'selfSigned: name of the ValidatingWebhookConfiguration whose caBundles are kept up to date; empty for none.',
      default: 'spiffe-webhook',
      chart: false
    }
  }
)

/** The schema of the whole configuration file. */
export const configSchema: Schema = {
  type: 'object',
  title: 'Config',
  description: 'A whole, checked configuration: every default filled in.',
  additionalProperties: false,
  properties: {
    inject: injectSchema,
    guard: guardSchema,
    server,
    certificates,
    log: section('LogConfig', 'The log on standard output, one JSON object on each line.', {
      level: {
        type: 'string',
        enum: ['debug', 'info', 'warn', 'error'],
        description: 'Minimum log level.',
        default: 'info'
      }
    })
  }
}
