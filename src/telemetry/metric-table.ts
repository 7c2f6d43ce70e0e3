/** Every metric of our own: the table that docs/reference/metrics.md is made from. */
export const metricTable = {
  spiffe_webhook_decisions_total: {
    type: 'counter',
    help: 'Admission decisions, by endpoint, decision and reason (docs/reference/codes.md).',
    labels: ['endpoint', 'decision', 'reason']
  },
  spiffe_webhook_request_duration_seconds: {
    type: 'histogram',
    help: 'Seconds from the end of the headers of a review to the last byte of its answer, by endpoint. The highest bucket is server.requestTimeout.',
    labels: ['endpoint']
  },
  spiffe_webhook_request_body_bytes: {
    type: 'histogram',
    help: 'Size of the bodies of answered reviews, by endpoint. The highest bucket is server.bodyLimit.',
    labels: ['endpoint']
  },
  spiffe_webhook_requests_in_flight: {
    type: 'gauge',
    help: 'Requests to the webhooks that are not answered yet.',
    labels: []
  },
  spiffe_webhook_rejected_requests_total: {
    type: 'counter',
    help: 'Requests that were not answered with an AdmissionReview, by HTTP status code: 413 and 429 are limits on bodies, 408 is server.requestTimeout, 500 is an internal error.',
    labels: ['code']
  },
  spiffe_webhook_connections: {
    type: 'gauge',
    help: 'Open connections to the webhooks.',
    labels: []
  },
  spiffe_webhook_refused_connections_total: {
    type: 'counter',
    help: 'Connections that were closed because server.maxConnections were open: nearly always callers that have completed no request.',
    labels: []
  },
  spiffe_webhook_ready: {
    type: 'gauge',
    help: 'Whether /readyz answers 200: 1 or 0.',
    labels: []
  },
  spiffe_webhook_certificate_not_before_timestamp_seconds: {
    type: 'gauge',
    help: 'Unix time from which the serving certificate is valid.',
    labels: []
  },
  spiffe_webhook_certificate_not_after_timestamp_seconds: {
    type: 'gauge',
    help: 'Unix time at which the serving certificate expires.',
    labels: []
  },
  spiffe_webhook_certificate_rotations_total: {
    type: 'counter',
    help: 'Serving certificates that replaced another one without a restart.',
    labels: []
  },
  spiffe_webhook_certificate_failures_total: {
    type: 'counter',
    help: 'selfSigned: failed attempts to read or write the Secret or a caBundle. files, certManager: key pairs that cannot be used.',
    labels: []
  },
  spiffe_webhook_ca_bundle_repairs_total: {
    type: 'counter',
    help: 'selfSigned: caBundles that lost our CA and were written again, by the kind of the webhook configuration.',
    labels: ['configuration']
  },
  spiffe_webhook_log_lines_lost_total: {
    type: 'counter',
    help: 'Lines of the log that could not be written to standard output: its disk is full, or its reader is stuck or gone.',
    labels: []
  },
  spiffe_webhook_build_info: {
    type: 'gauge',
    help: 'Always 1; the version of the program.',
    labels: ['version']
  },
  spiffe_webhook_config_info: {
    type: 'gauge',
    help: 'Always 1; a hash of the configuration that the replica runs with. Two hashes for long mean that a rollout is stuck.',
    labels: ['hash']
  }
} as const

/** The name of one of our metrics. */
export type MetricName = keyof typeof metricTable
