/** One panel: what it asks Prometheus, and how Grafana shows it. */
export interface Panel {
  readonly title: string
  /** What a person learns from it, and what to do when it looks bad. */
  readonly description: string
  readonly kind: 'stat' | 'timeseries'
  /** A unit of Grafana's. */
  readonly unit: string
  /** PromQL with `$job`, and the legend of its series. */
  readonly queries: readonly (readonly [expr: string, legend: string])[]
}

/** Panels under one heading; each heading is a question. */
export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

const us = 'job=~"$job"'
const metric = (name: string, labels = ''): string =>
  `spiffe_webhook_${name}{${labels === '' ? us : `${us}, ${labels}`}}`
const rate = (name: string, labels = ''): string =>
  `rate(${metric(name, labels)}[$__rate_interval])`
const apiServer = (name: string): string =>
  `apiserver_admission_webhook_${name}{name=~".+[.]spiffe-webhook[.]internal"}`

/** The dashboard: each row answers one question. */
export const dashboardRows: readonly Row[] = [
  {
    title: 'Is it healthy?',
    panels: [
      {
        title: 'Ready replicas',
        description:
          'Replicas whose /readyz answers 200. 0: pods that need the webhook are refused.',
        kind: 'stat',
        unit: 'none',
        queries: [[`sum(${metric('ready')})`, 'ready']]
      },
      {
        title: 'Refused in the last hour',
        description: 'Requests that the webhook refused, for whatever reason.',
        kind: 'stat',
        unit: 'none',
        queries: [
          [`sum(increase(${metric('decisions_total', 'decision="refused"')}[1h]))`, 'refused']
        ]
      },
      {
        title: 'Slowest answers (p99)',
        description:
          'The 99th percentile, from the headers of a request to the last byte of its answer.',
        kind: 'stat',
        unit: 's',
        queries: [
          [
            `histogram_quantile(0.99, sum by (le) (${rate('request_duration_seconds_bucket')}))`,
            'p99'
          ]
        ]
      },
      {
        title: 'Lifetime of the certificate that is left',
        description: 'Renewed when a third is left. Below a sixth the alert fires.',
        kind: 'stat',
        unit: 'percentunit',
        queries: [
          [
            `min((${metric('certificate_not_after_timestamp_seconds')} - time()) / (${metric('certificate_not_after_timestamp_seconds')} - ${metric('certificate_not_before_timestamp_seconds')}))`,
            'left'
          ]
        ]
      },
      {
        title: 'Ready, by replica',
        description: '1 while a replica is ready.',
        kind: 'timeseries',
        unit: 'none',
        queries: [[metric('ready'), '{{instance}}']]
      },
      {
        title: 'Calls that failed, as API servers see them',
        description:
          'Refused or let through without an answer of the webhook. Anything above 0 is an outage for somebody.',
        kind: 'timeseries',
        unit: 'reqps',
        queries: [
          [
            `sum by (name) (rate(${apiServer('rejection_count').replace('}', ', error_type!="no_error"}')}[$__rate_interval]))`,
            'refused: {{name}}'
          ],
          [
            `sum by (name) (rate(${apiServer('fail_open_count')}[$__rate_interval]))`,
            'let through: {{name}}'
          ]
        ]
      }
    ]
  },
  {
    title: 'What did it decide, and why?',
    panels: [
      {
        title: 'Decisions',
        description: 'Reviews by endpoint and decision.',
        kind: 'timeseries',
        unit: 'reqps',
        queries: [
          [`sum by (endpoint, decision) (${rate('decisions_total')})`, '{{endpoint}} {{decision}}']
        ]
      },
      {
        title: 'Refused, by reason',
        description: 'docs/reference/codes.md says for each reason what to do.',
        kind: 'timeseries',
        unit: 'reqps',
        queries: [
          [`sum by (reason) (${rate('decisions_total', 'decision="refused"')}) > 0`, '{{reason}}']
        ]
      },
      {
        title: 'Warned, by reason',
        description:
          'With guard.scope=optedIn: what guard.scope=cluster would refuse, and privileges that lead around every rule.',
        kind: 'timeseries',
        unit: 'reqps',
        queries: [
          [`sum by (reason) (${rate('decisions_total', 'decision="warned"')}) > 0`, '{{reason}}']
        ]
      },
      {
        title: 'Skipped, by reason',
        description: 'Pods of labelled namespaces that stay on istiod.',
        kind: 'timeseries',
        unit: 'reqps',
        queries: [
          [`sum by (reason) (${rate('decisions_total', 'decision="skipped"')}) > 0`, '{{reason}}']
        ]
      },
      {
        title: 'Requests that were no reviews',
        description:
          '413 and 429 are limits, 408 is a slow caller, 500 an internal error; others are strangers.',
        kind: 'timeseries',
        unit: 'reqps',
        queries: [[`sum by (code) (${rate('rejected_requests_total')}) > 0`, '{{code}}']]
      }
    ]
  },
  {
    title: 'Is it slow?',
    panels: [
      {
        title: 'Duration',
        description: 'By endpoint. The API server gives up after timeoutSeconds (5 s by default).',
        kind: 'timeseries',
        unit: 's',
        queries: [
          [
            `histogram_quantile(0.5, sum by (le, endpoint) (${rate('request_duration_seconds_bucket')}))`,
            'p50 {{endpoint}}'
          ],
          [
            `histogram_quantile(0.99, sum by (le, endpoint) (${rate('request_duration_seconds_bucket')}))`,
            'p99 {{endpoint}}'
          ]
        ]
      },
      {
        title: 'Duration, as API servers see it',
        description:
          'With network and TLS. Much more than the panel beside: the time is lost between API server and pod.',
        kind: 'timeseries',
        unit: 's',
        queries: [
          [
            `histogram_quantile(0.99, sum by (le, name) (rate(${apiServer('admission_duration_seconds_bucket')}[$__rate_interval])))`,
            'p99 {{name}}'
          ]
        ]
      },
      {
        title: 'Lag of the event loop',
        description:
          'At each scrape. High: the replica has not enough CPU, or one body costs too much.',
        kind: 'timeseries',
        unit: 's',
        queries: [[`nodejs_eventloop_lag_seconds{${us}}`, '{{instance}}']]
      },
      {
        title: 'CPU',
        description: 'Cores.',
        kind: 'timeseries',
        unit: 'none',
        queries: [[`rate(process_cpu_seconds_total{${us}}[$__rate_interval])`, '{{instance}}']]
      },
      {
        title: 'Memory',
        description: 'Resident memory.',
        kind: 'timeseries',
        unit: 'bytes',
        queries: [[`process_resident_memory_bytes{${us}}`, '{{instance}}']]
      },
      {
        title: 'In flight, and connections',
        description:
          'API servers keep some connections open. Refused connections mean that server.maxConnections were open.',
        kind: 'timeseries',
        unit: 'none',
        queries: [
          [`sum(${metric('requests_in_flight')})`, 'in flight'],
          [`sum(${metric('connections')})`, 'connections'],
          [`sum(${rate('refused_connections_total')})`, 'refused a second'],
          [`sum(${rate('log_lines_lost_total')})`, 'lines of the log lost a second']
        ]
      },
      {
        title: 'Bodies',
        description: 'Average size of a review.',
        kind: 'timeseries',
        unit: 'bytes',
        queries: [
          [
            `sum by (endpoint) (${rate('request_body_bytes_sum')}) / (sum by (endpoint) (${rate('request_body_bytes_count')}) > 0)`,
            '{{endpoint}}'
          ]
        ]
      }
    ]
  },
  {
    title: 'Certificates and configuration',
    panels: [
      {
        title: 'Time until the certificate expires',
        description: 'A saw: it falls until the certificate is renewed.',
        kind: 'timeseries',
        unit: 's',
        queries: [[`${metric('certificate_not_after_timestamp_seconds')} - time()`, '{{instance}}']]
      },
      {
        title: 'Rotations, repairs and failures',
        description: 'Repaired again and again: something overwrites the caBundle.',
        kind: 'timeseries',
        unit: 'none',
        queries: [
          [`sum(increase(${metric('certificate_rotations_total')}[1h]))`, 'rotations in an hour'],
          [
            `sum by (configuration) (increase(${metric('ca_bundle_repairs_total')}[1h]))`,
            'caBundle repaired: {{configuration}}'
          ],
          [`sum(increase(${metric('certificate_failures_total')}[1h]))`, 'failures']
        ]
      },
      {
        title: 'Versions and configurations',
        description: 'More than one for long: a rollout is stuck.',
        kind: 'timeseries',
        unit: 'none',
        queries: [
          [`count by (version) (${metric('build_info')})`, 'version {{version}}'],
          [`count by (hash) (${metric('config_info')})`, 'configuration {{hash}}']
        ]
      }
    ]
  },
  {
    title: 'Does it really work? (spiffe-webhook verify, by its CronJob and a Pushgateway)',
    panels: [
      {
        title: 'Findings',
        description:
          'Findings of the last run. None is good; no data: verify.cronJob does not report.',
        kind: 'timeseries',
        unit: 'none',
        queries: [
          ['sum by (severity, reason) (spiffe_webhook_verify_findings)', '{{severity}} {{reason}}']
        ]
      },
      {
        title: 'Pods of labelled namespaces',
        description: 'Where running pods have their identity from.',
        kind: 'timeseries',
        unit: 'none',
        queries: [['sum by (state) (spiffe_webhook_verify_pods)', '{{state}}']]
      }
    ]
  }
]
