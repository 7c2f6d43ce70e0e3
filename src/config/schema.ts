import { guardSchema } from './guard-schema.ts'
import { injectSchema } from './inject-schema.ts'
import { count, hostName, type Schema, section, text } from './schema-parts.ts'

/*
 * The one table of every option: its shape, default and meaning. Defaults, checks and docs/reference/configuration.md
 * all come from it; the chart's values carry the same names.
 */

const server = section('The HTTP edge.', {
  host: text('Address to listen on.', '0.0.0.0'),
  port: count('Port of the webhooks (TLS).', 8443, 0, 65535),
  probesPort: count('Port of /livez, /readyz and /metrics (plain HTTP).', 8080, 0, 65535),
  bodyLimit: count(
    'Largest body in bytes. An UPDATE review carries two objects of up to 3 MiB each.',
    8_388_608,
    65_536,
    67_108_864
  ),
  requestTimeout: count(
    'Milliseconds for headers and body; below the timeoutSeconds of the webhooks.',
    4000,
    100,
    30_000
  ),
  maxConnections: count(
    'Connections held at once. The one that has been idle for longest makes way for a new one.',
    1024,
    1,
    65_535
  ),
  drainDelay: count(
    'Milliseconds between SIGTERM and closing, for endpoints to clear.',
    5000,
    0,
    60_000
  ),
  clientCa: {
    type: 'string',
    minLength: 1,
    description:
      'PEM file of a CA: callers must show a client certificate signed by it (see the API server flag --admission-control-config-file).'
  }
})

const certificates = section('Where the serving key pair comes from.', {
  mode: {
    type: 'string',
    enum: ['selfSigned', 'certManager', 'files'],
    description:
      '`selfSigned` makes and rotates CA and leaf in one Secret; `certManager` and `files` read a folder.',
    default: 'selfSigned'
  },
  directory: text(
    'certManager, files: folder with tls.crt and tls.key.',
    '/etc/spiffe-webhook/tls'
  ),
  secret: section('selfSigned: the Secret that holds CA and leaf.', {
    namespace: text('Its namespace.', 'spiffe-webhook'),
    name: text('Its name.', 'spiffe-webhook-tls')
  }),
  dnsNames: {
    type: 'array',
    items: hostName,
    minItems: 1,
    description: 'selfSigned: DNS names and IP addresses of the leaf.',
    default: ['spiffe-webhook.spiffe-webhook.svc']
  },
  leafLifetime: count('selfSigned: seconds; renewed at two thirds.', 86_400, 10, 31_536_000),
  caLifetime: count('selfSigned: seconds; renewed at two thirds.', 31_536_000, 20, 315_360_000),
  mutatingWebhookConfiguration: {
    type: 'string',
    description: 'selfSigned: the configuration whose caBundle is kept true; empty for none.',
    default: 'spiffe-webhook'
  },
  validatingWebhookConfiguration: {
    type: 'string',
    description: 'selfSigned: the configuration whose caBundle is kept true; empty for none.',
    default: 'spiffe-webhook'
  }
})

/** The schema of the whole configuration file. */
export const configSchema: Schema = {
  type: 'object',
  description: 'Configuration of spiffe-webhook.',
  additionalProperties: false,
  properties: {
    inject: injectSchema,
    guard: guardSchema,
    server,
    certificates,
    log: section('The log on standard output, one JSON object a line.', {
      level: {
        type: 'string',
        enum: ['debug', 'info', 'warn', 'error'],
        description: 'Least level that is written.',
        default: 'info'
      }
    })
  }
}
