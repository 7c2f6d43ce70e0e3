import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import patches from 'fast-json-patch'
import t from 'tap'
import { createAdmission } from '../../../src/admission/admission.ts'
import type { GuardMode } from '../../../src/guard/guard-mode.ts'
import { answered } from '../../admission/answered.ts'
import { defaultConfig } from '../../config/default-config.ts'
import { pod, review } from '../decision-table-objects.ts'

const folder = join(import.meta.dirname, '../../fixtures/reviews')
const read = (name: string): { readonly request: Record<string, unknown> & { object: object } } =>
  JSON.parse(readFileSync(join(folder, name), 'utf8'))
const moved = readdirSync(folder).filter((name) => /^inject-(classic|native|gateway)/.test(name))
const engine = createAdmission(defaultConfig)

const judge = (review: unknown, mode: GuardMode = 'enforce', config = defaultConfig) => {
  const { record, review: answer } = answered(createAdmission(config).guard(mode, review))
  return { ...record, message: answer.response.status?.message ?? answer.response.warnings?.[0] }
}

/** The review of the same pod after injection. */
function injected(name: string): ReturnType<typeof read> {
  const review = read(name)
  const { patch = '' } = answered(engine.inject(review)).review.response
  const operations = JSON.parse(Buffer.from(patch, 'base64').toString())
  const object = patches.applyPatch(structuredClone(review.request.object), operations).newDocument
  return { request: { ...review.request, object }, ...rest(review) }
}
const rest = ({ request: _request, ...other }: ReturnType<typeof read>): object => other

t.test('a final pod on the socket passes; the same pod left with istiod is refused', async (t) => {
  for (const name of moved) {
    t.match(judge(injected(name)), { decision: 'allowed' }, name)
    t.match(judge(read(name)), { decision: 'refused', reason: 'NotOnWorkloadApi' }, name)
  }
  t.match(judge(read('guard-injected-pod-final.json')), {
    reason: 'NotOnWorkloadApi',
    message:
      /^NotOnWorkloadApi: istio-proxy does not use the csi\.spiffe\.io socket \(wrong or missing: volume workload-socket; .*env CA_ADDR; .*volume workload-certs\): /
  })
})

const undone: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'CA_ADDR put back',
    '"unix:///run/secrets/workload-spiffe-uds/socket"',
    '"istiod.istio-system.svc:15012"',
    /\(wrong or missing: env CA_ADDR\)/
  ],
  [
    'PILOT_CERT_PROVIDER put back',
    '"workloadapi"',
    '"istiod"',
    /\(wrong or missing: env PILOT_CERT_PROVIDER\)/
  ],
  [
    'the volume put back',
    '"csi":{"driver":"csi.spiffe.io","readOnly":true}',
    '"emptyDir":{}',
    /\(wrong or missing: volume workload-socket\)/
  ],
  [
    'another driver',
    '"csi":{"driver":"csi.spiffe.io"',
    '"csi":{"driver":"other.example.com"',
    /\(wrong or missing: volume workload-socket\)/
  ],
  [
    'a mount made writable',
    '"mountPath":"/var/run/secrets/workload-spiffe-uds","readOnly":true',
    '"mountPath":"/var/run/secrets/workload-spiffe-uds"',
    /\(wrong or missing: mount \/var\/run\/secrets\/workload-spiffe-uds\)/
  ],
  [
    'workload-certs put back',
    '{"name":"credential-socket","emptyDir":{}}',
    '{"name":"credential-socket","emptyDir":{}},{"name":"workload-certs","emptyDir":{}}',
    /\(wrong or missing: volume workload-certs\)/
  ]
]

t.test('each part that something after us undoes is named', async (t) => {
  const right = JSON.stringify(injected('inject-native-sidecar-1st-call.json'))
  for (const [what, before, after, message] of undone) {
    t.ok(right.includes(before), what)
    const said = judge(JSON.parse(right.replace(before, after)))
    t.match(said, { decision: 'refused', reason: 'NotOnWorkloadApi', message }, what)
  }
})

/** How a container named istio-proxy can start pilot-agent without being taken for a proxy. */
const disguises: readonly (readonly [string, object])[] = [
  ['the arguments stand in the command', { command: ['pilot-agent', 'proxy', 'sidecar'] }],
  ['a flag stands before the word', { args: ['--log_output_level=default:info', 'proxy'] }],
  ['a shell starts it', { command: ['sh', '-c', 'exec pilot-agent proxy sidecar'], args: null }],
  ['its image is filled in later', { image: 'auto', args: ['proxy'] }]
]

t.test('an istio-proxy that injection leaves alone is no way past the rule', async (t) => {
  for (const [what, extra] of disguises) {
    for (const list of ['containers', 'initContainers']) {
      const proxy = { name: 'istio-proxy', image: 'proxyv2:1', ...extra }
      const asked = review(pod({ [list]: [proxy] }))
      const message =
        /^NotOnWorkloadApi: istio-proxy does not use .* \(not moved, as its image is auto or/
      t.match(judge(asked), { decision: 'refused', reason: 'NotOnWorkloadApi', message }, what)
      t.match(judge(asked, 'enforce-host-paths'), { decision: 'allowed' }, what)
    }
  }
  const init = { name: 'istio-init', image: 'proxyv2:1', args: ['istio-iptables'] }
  t.match(judge(review(pod({ initContainers: [init] }))), { decision: 'allowed' })
  const ztunnel = { name: 'istio-proxy', image: 'ztunnel:1', args: ['proxy', 'ztunnel'] }
  t.match(judge(review(pod({ containers: [ztunnel] }))), { decision: 'allowed' })
})

t.test(
  'outside opted-in namespaces, on updates and without a proxy nothing is asked',
  async (t) => {
    const left = read('inject-native-sidecar-1st-call.json')
    t.match(judge(left, 'enforce-host-paths'), { decision: 'allowed' })
    t.match(judge(left, 'warn'), { decision: 'allowed' })
    const update = {
      ...left,
      request: { ...left.request, operation: 'UPDATE', oldObject: left.request.object }
    }
    t.match(judge(update), { decision: 'allowed' })
    t.match(judge(read('inject-no-sidecar.json')), { decision: 'allowed' })
  }
)

t.test(
  'proxyless and opted-out pods pass with a warning; where opting out is not allowed they do not',
  async (t) => {
    t.match(judge(read('inject-proxyless-grpc.json')), {
      decision: 'warned',
      reason: 'ProxylessGrpc'
    })
    const text = JSON.stringify(read('inject-classic-sidecar-1st-call.json'))
    const out = JSON.parse(text.replace('"labels":{', '"labels":{"spiffe-webhook/inject":"false",'))
    t.match(judge(out), {
      decision: 'warned',
      reason: 'OptedOut',
      message: /remove the label spiffe-webhook\/inject/
    })
    const strict = { ...defaultConfig, inject: { ...defaultConfig.inject, allowOptOut: false } }
    t.match(judge(out, 'enforce', strict), { decision: 'refused', reason: 'NotOnWorkloadApi' })
  }
)
