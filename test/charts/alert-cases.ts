/** Input series of promtool's unit tests: `values` in its notation, one sample a minute. */
export interface InputSeries {
  readonly series: string
  readonly values: string
}

/** One unit test of an alert: with these series it fires, or not, at `minutes`. */
export interface AlertCase {
  readonly alert: string
  readonly what: string
  readonly fires: boolean
  readonly minutes: number
  readonly input: readonly InputSeries[]
}

const us = 'namespace="spiffe-webhook",job="spiffe-webhook"'
const a = `${us},pod="a"`
const b = `${us},pod="b"`
const ours = (name: string, values: string, labels = a): InputSeries => ({
  series: `spiffe_webhook_${name}{${labels}}`,
  values
})
const theirs = (series: string, values: string): InputSeries => ({ series, values })

const day = 24 * 60
const refusedOf = (values: string): InputSeries =>
  ours(
    'decisions_total',
    values,
    `${a},endpoint="/guard/enforce",decision="refused",reason="HostPathReachesSocket"`
  )
const offSocket = (values: string): InputSeries =>
  ours(
    'decisions_total',
    values,
    `${a},endpoint="/guard/enforce",decision="refused",reason="NotOnWorkloadApi"`
  )
const bucket = (le: string, values: string): InputSeries =>
  ours('request_duration_seconds_bucket', values, `${a},endpoint="/inject",le="${le}"`)
const rejection = (errorType: string, values: string): InputSeries =>
  theirs(
    `apiserver_admission_webhook_rejection_count{name="enforce.spiffe-webhook.internal",error_type="${errorType}",type="validating"}`,
    values
  )
const cronJob = 'namespace="spiffe-webhook",cronjob="spiffe-webhook-verify"'
/** promtool's clock begins at 0, so a certificate of 24 h ends at 86400. */
const certificate = (end: string): readonly InputSeries[] => [
  ours('certificate_not_before_timestamp_seconds', '0x1500'),
  ours('certificate_not_after_timestamp_seconds', end)
]

/** Each alert at least once firing, and at least once beside what it must not fire for. */
export const alertCases: readonly AlertCase[] = [
  {
    alert: 'SpiffeWebhookNotReady',
    what: 'no replica is ready',
    fires: true,
    minutes: 5,
    input: [ours('ready', '0x10')]
  },
  {
    alert: 'SpiffeWebhookNotReady',
    what: 'nothing is scraped',
    fires: true,
    minutes: 5,
    input: []
  },
  {
    alert: 'SpiffeWebhookNotReady',
    what: 'one of two is ready',
    fires: false,
    minutes: 5,
    input: [ours('ready', '0x10'), ours('ready', '1x10', b)]
  },
  {
    alert: 'SpiffeWebhookNotReady',
    what: 'for a minute alone',
    fires: false,
    minutes: 5,
    input: [ours('ready', '1 1 1 0 1 1 1 1 1 1')]
  },

  {
    alert: 'SpiffeWebhookReplicasMissing',
    what: 'one of the two of the values',
    fires: true,
    minutes: 20,
    input: [ours('ready', '1x30')]
  },
  {
    alert: 'SpiffeWebhookReplicasMissing',
    what: 'both',
    fires: false,
    minutes: 20,
    input: [ours('ready', '1x30'), ours('ready', '1x30', b)]
  },
  {
    alert: 'SpiffeWebhookReplicasMissing',
    what: 'two, while somebody scaled to three',
    fires: true,
    minutes: 20,
    input: [
      ours('ready', '1x30'),
      ours('ready', '1x30', b),
      theirs(
        'kube_deployment_spec_replicas{namespace="spiffe-webhook",deployment="spiffe-webhook"}',
        '3x30'
      )
    ]
  },

  {
    alert: 'SpiffeWebhookFailing',
    what: 'calls fail',
    fires: true,
    minutes: 6,
    input: [rejection('calling_webhook_error', '0+1x10')]
  },
  {
    alert: 'SpiffeWebhookFailing',
    what: 'the webhook refuses, as it should',
    fires: false,
    minutes: 6,
    input: [rejection('no_error', '0+1x10')]
  },
  {
    alert: 'SpiffeWebhookFailing',
    what: 'the webhook of others fails',
    fires: false,
    minutes: 6,
    input: [
      theirs(
        'apiserver_admission_webhook_rejection_count{name="x.other.io",error_type="calling_webhook_error"}',
        '0+1x10'
      )
    ]
  },

  {
    alert: 'SpiffeWebhookFailingOpen',
    what: 'calls fail',
    fires: true,
    minutes: 6,
    input: [
      theirs(
        'apiserver_admission_webhook_fail_open_count{name="warn.spiffe-webhook.internal"}',
        '0+1x10'
      )
    ]
  },
  {
    alert: 'SpiffeWebhookFailingOpen',
    what: 'no call fails',
    fires: false,
    minutes: 6,
    input: [
      theirs(
        'apiserver_admission_webhook_fail_open_count{name="warn.spiffe-webhook.internal"}',
        '7x10'
      )
    ]
  },

  {
    alert: 'SpiffeWebhookCertificateExpiring',
    what: 'an eighth of a day is left',
    fires: true,
    minutes: 21 * 60,
    input: certificate('86400x1500')
  },
  {
    alert: 'SpiffeWebhookCertificateExpiring',
    what: 'a quarter of a day is left',
    fires: false,
    minutes: 18 * 60,
    input: certificate('86400x1500')
  },
  {
    alert: 'SpiffeWebhookCertificateExpiring',
    what: 'a certificate of ten hours has two left',
    fires: false,
    minutes: 8 * 60,
    input: [
      ours('certificate_not_before_timestamp_seconds', '0x600'),
      ours('certificate_not_after_timestamp_seconds', '36000x600')
    ]
  },

  {
    alert: 'SpiffeWebhookCertificateFailures',
    what: 'every look fails',
    fires: true,
    minutes: 25,
    input: [ours('certificate_failures_total', '0+6x30')]
  },
  {
    alert: 'SpiffeWebhookCertificateFailures',
    what: 'the API server was away for a moment',
    fires: false,
    minutes: 25,
    input: [
      ours('certificate_failures_total', '0 0 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4')
    ]
  },

  {
    alert: 'SpiffeWebhookCaBundleRepaired',
    what: 'every minute',
    fires: true,
    minutes: 30,
    input: [ours('ca_bundle_repairs_total', '0+1x40', `${a},configuration="validating"`)]
  },
  {
    alert: 'SpiffeWebhookCaBundleRepaired',
    what: 'once',
    fires: false,
    minutes: 30,
    input: [ours('ca_bundle_repairs_total', '0 0 1x40', `${a},configuration="validating"`)]
  },

  {
    alert: 'SpiffeWebhookSlow',
    what: 'two seconds of five',
    fires: true,
    minutes: 20,
    input: [bucket('1', '0x30'), bucket('2.5', '0+60x30'), bucket('+Inf', '0+60x30')]
  },
  {
    alert: 'SpiffeWebhookSlow',
    what: 'a millisecond',
    fires: false,
    minutes: 20,
    input: [bucket('0.001', '0+60x30'), bucket('2.5', '0+60x30'), bucket('+Inf', '0+60x30')]
  },
  {
    alert: 'SpiffeWebhookSlow',
    what: 'nobody asks',
    fires: false,
    minutes: 20,
    input: [bucket('1', '5x30'), bucket('+Inf', '9x30')]
  },

  {
    alert: 'SpiffeWebhookInternalErrors',
    what: 'the first one ever',
    fires: true,
    minutes: 6,
    input: [ours('rejected_requests_total', '0 0 0 1 1 1 1', `${a},code="500"`)]
  },
  {
    alert: 'SpiffeWebhookInternalErrors',
    what: 'strangers send nonsense',
    fires: false,
    minutes: 6,
    input: [
      ours('rejected_requests_total', '0+9x10', `${a},code="400"`),
      ours('rejected_requests_total', '0x10', `${a},code="500"`)
    ]
  },

  {
    alert: 'SpiffeWebhookLimitReached',
    what: 'connections are refused',
    fires: true,
    minutes: 10,
    input: [
      ours('rejected_requests_total', '0x20', `${a},code="429"`),
      ours('refused_connections_total', '0 0 3x20')
    ]
  },
  {
    alert: 'SpiffeWebhookLimitReached',
    what: 'no limit is reached',
    fires: false,
    minutes: 10,
    input: [
      ours('rejected_requests_total', '2x20', `${a},code="429"`),
      ours('refused_connections_total', '1x20')
    ]
  },

  {
    alert: 'SpiffeWebhookOffWorkloadApi',
    what: 'the first refusal ever',
    fires: true,
    minutes: 10,
    input: [offSocket('0 0 0 1x20')]
  },
  {
    alert: 'SpiffeWebhookOffWorkloadApi',
    what: 'other refusals',
    fires: false,
    minutes: 10,
    input: [offSocket('0x20'), refusedOf('0+1x20')]
  },

  {
    alert: 'SpiffeWebhookRefusalsRising',
    what: 'a quiet day, then five a minute',
    fires: true,
    minutes: day + 20,
    input: [refusedOf(`0x${day} 0+5x60`)]
  },
  {
    alert: 'SpiffeWebhookRefusalsRising',
    what: 'five a minute all day',
    fires: false,
    minutes: day + 20,
    input: [refusedOf(`0+5x${day + 60}`)]
  },
  {
    alert: 'SpiffeWebhookRefusalsRising',
    what: 'ten in all',
    fires: false,
    minutes: day + 20,
    input: [refusedOf(`0x${day} 0+1x10 10x60`)]
  },

  {
    alert: 'SpiffeWebhookConfigDiffers',
    what: 'two hashes',
    fires: true,
    minutes: 20,
    input: [
      ours('config_info', '1x30', `${a},hash="x"`),
      ours('config_info', '1x30', `${b},hash="y"`)
    ]
  },
  {
    alert: 'SpiffeWebhookConfigDiffers',
    what: 'one hash',
    fires: false,
    minutes: 20,
    input: [
      ours('config_info', '1x30', `${a},hash="x"`),
      ours('config_info', '1x30', `${b},hash="x"`)
    ]
  },

  {
    alert: 'SpiffeWebhookVerifyFailed',
    what: 'no success since the last schedule',
    fires: true,
    minutes: 30,
    input: [
      theirs(`kube_cronjob_status_last_schedule_time{${cronJob}}`, '60x40'),
      theirs(`kube_cronjob_status_last_successful_time{${cronJob}}`, '30x40')
    ]
  },
  {
    alert: 'SpiffeWebhookVerifyFailed',
    what: 'never a success',
    fires: true,
    minutes: 30,
    input: [theirs(`kube_cronjob_status_last_schedule_time{${cronJob}}`, '60x40')]
  },
  {
    alert: 'SpiffeWebhookVerifyFailed',
    what: 'a success after it',
    fires: false,
    minutes: 30,
    input: [
      theirs(`kube_cronjob_status_last_schedule_time{${cronJob}}`, '60x40'),
      theirs(`kube_cronjob_status_last_successful_time{${cronJob}}`, '90x40')
    ]
  },

  {
    alert: 'SpiffeWebhookVerifyFindings',
    what: 'a missed pod',
    fires: true,
    minutes: 5,
    input: [
      theirs(
        'spiffe_webhook_verify_findings{check="pods-on-socket",reason="Missed",severity="error"}',
        '1x10'
      )
    ]
  },
  {
    alert: 'SpiffeWebhookVerifyFindings',
    what: 'a warning',
    fires: false,
    minutes: 5,
    input: [
      theirs(
        'spiffe_webhook_verify_findings{check="pods-on-socket",reason="OptedOut",severity="warning"}',
        '1x10'
      )
    ]
  },

  {
    alert: 'SpiffeWebhookVerifyStale',
    what: 'for three hours',
    fires: true,
    minutes: 180,
    input: [theirs('spiffe_webhook_verify_last_run_timestamp_seconds', '0x200')]
  },
  {
    alert: 'SpiffeWebhookVerifyStale',
    what: 'for an hour',
    fires: false,
    minutes: 60,
    input: [theirs('spiffe_webhook_verify_last_run_timestamp_seconds', '0x200')]
  }
]
