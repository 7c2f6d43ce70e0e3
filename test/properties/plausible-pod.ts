import fc from 'fast-check'

/** Present, null or absent: Kubernetes reads the last two alike. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
  fc.option(fc.option(arbitrary, { nil: null }), { nil: undefined })

const mountPath = fc.constantFrom(
  '/run/secrets/workload-spiffe-uds',
  '/var/run/secrets/workload-spiffe-uds',
  '/var/run/secrets/workload-spiffe-uds/',
  '/var/run/secrets//workload-spiffe-uds',
  '/var/run/secrets/workload-spiffe-credentials',
  '/spiffe-workload-api',
  '/data'
)
const volumeName = fc.constantFrom('workload-socket', 'workload-certs', 'data', 'istio-envoy')

const mounts = maybe(
  fc.array(
    fc.record(
      { name: volumeName, mountPath, readOnly: fc.boolean(), futureField: fc.integer() },
      { requiredKeys: ['name', 'mountPath'] }
    ),
    { maxLength: 6 }
  )
)

const env = maybe(
  fc.array(
    fc.record(
      {
        name: fc.constantFrom('CA_ADDR', 'PILOT_CERT_PROVIDER', 'DISABLE_ENVOY', 'OTHER'),
        value: fc.constantFrom('true', 'istiod', 'unix:///run/secrets/workload-spiffe-uds/socket'),
        valueFrom: fc.constant({ fieldRef: { fieldPath: 'spec.nodeName' } })
      },
      { requiredKeys: ['name'] }
    ),
    { maxLength: 5 }
  )
)

const container = fc.record(
  {
    name: fc.constantFrom('istio-proxy', 'app', 'other', 'istio-init'),
    image: fc.constantFrom('app:1', 'proxyv2', 'auto', ''),
    args: maybe(fc.constantFrom(['proxy', 'sidecar'], ['proxy'], ['other'], [])),
    env,
    volumeMounts: mounts,
    resources: fc.constantFrom({}, { limits: { cpu: '1' } }),
    futureField: fc.jsonValue({ maxDepth: 2 })
  },
  { requiredKeys: ['name'] }
)

/** istio-proxy stands in either list, in both, or nowhere. */
const containers = maybe(fc.uniqueArray(container, { selector: ({ name }) => name, maxLength: 4 }))

const source = fc.constantFrom<object>(
  {},
  { emptyDir: {} },
  { emptyDir: null },
  { csi: { driver: 'csi.spiffe.io', readOnly: true } },
  { csi: { driver: 'csi.spiffe.io' } },
  { secret: { secretName: 'x' } },
  { hostPath: { path: '/run/spire' } },
  { hostPath: { path: '/data' } }
)

const metadata = maybe(
  fc.record(
    {
      name: fc.constant('p'),
      labels: maybe(
        fc.constantFrom<Record<string, string>>(
          {},
          { app: 'x' },
          { 'spiffe-webhook/inject': 'false' },
          { 'spiffe.io/spire-managed-identity': 'false' }
        )
      ),
      annotations: maybe(
        fc.constantFrom<Record<string, string>>(
          {},
          { 'spiffe-webhook/app-containers': 'app' },
          { 'spiffe-webhook/app-containers': '*' },
          { 'inject.istio.io/templates': 'sidecar,spire' },
          { 'spiffe-webhook/status': 'skipped: NoIstioProxy' }
        )
      )
    },
    { requiredKeys: [] }
  )
)

/** Pods as Kubernetes could send them, most of them odd. */
export const plausiblePod: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    apiVersion: fc.constant('v1'),
    kind: fc.constant('Pod'),
    metadata,
    spec: fc.record(
      {
        volumes: maybe(
          fc.uniqueArray(
            fc.tuple(volumeName, source).map(([name, rest]) => ({ name, ...rest })),
            { selector: ({ name }) => name, maxLength: 4 }
          )
        ),
        initContainers: containers,
        containers,
        serviceAccountName: fc.constantFrom('default', 'tbot')
      },
      { requiredKeys: [] }
    )
  },
  { requiredKeys: ['spec'] }
)
