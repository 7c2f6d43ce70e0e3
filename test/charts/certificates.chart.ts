import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { all, type ChartObject, chartPath, one, render } from './helm.ts'
import { configText, podSpec, webhooks } from './shapes.ts'

const pem = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'
const modes = {
  selfSigned: await render('spiffe-webhook'),
  certManager: await render('spiffe-webhook', { certificates: { mode: 'certManager' } }),
  files: await render('spiffe-webhook', {
    certificates: { mode: 'files', existingSecret: 'pair', caBundle: pem }
  })
}
const entries = (objects: readonly ChartObject[]): ReturnType<typeof webhooks> =>
  ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'].flatMap((kind) =>
    webhooks(one(objects, kind))
  )
const tlsVolume = (objects: readonly ChartObject[]): unknown =>
  podSpec(one(objects, 'Deployment')).volumes.find(({ name }) => name === 'tls')

await t.test(
  'selfSigned: an empty Secret of the release, and no caBundle to overwrite',
  async (t) => {
    const secret = one(modes.selfSigned, 'Secret')
    t.equal(secret.metadata.name, 'spiffe-webhook-tls')
    t.notOk('data' in secret || 'stringData' in secret)
    t.ok(entries(modes.selfSigned).every(({ clientConfig }) => !('caBundle' in clientConfig)))
    t.equal(tlsVolume(modes.selfSigned), undefined)
    t.equal(podSpec(one(modes.selfSigned, 'Deployment')).automountServiceAccountToken, true)
  }
)

await t.test('selfSigned: rights to one Secret and two configurations, by name', async (t) => {
  const rules = (kind: string): unknown =>
    (one(modes.selfSigned, kind) as ChartObject & { rules: unknown }).rules
  t.same(rules('Role'), [
    {
      apiGroups: [''],
      resources: ['secrets'],
      resourceNames: ['spiffe-webhook-tls'],
      verbs: ['get', 'patch']
    },
    { apiGroups: [''], resources: ['secrets'], verbs: ['create'] }
  ])
  t.same(rules('ClusterRole'), [
    {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
      resourceNames: ['spiffe-webhook'],
      verbs: ['get', 'patch']
    }
  ])
})

for (const mode of ['certManager', 'files'] as const) {
  await t.test(`${mode}: no right at all, no token, a mounted pair`, async (t) => {
    for (const kind of ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding', 'Secret']) {
      t.same(all(modes[mode], kind), [], kind)
    }
    const spec = podSpec(one(modes[mode], 'Deployment'))
    t.equal(spec.automountServiceAccountToken, false)
    const secretName = mode === 'files' ? 'pair' : 'spiffe-webhook-tls'
    t.match(tlsVolume(modes[mode]), { secret: { secretName } })
    const mount = spec.containers[0]?.volumeMounts?.find(({ name }) => name === 'tls')
    t.notOk(mount !== undefined && 'subPath' in mount, 'a subPath would never be renewed')
    t.equal(parse(configText(modes[mode])).certificates.mode, mode)
  })
}

await t.test('certManager: the objects of certs/cert-manager.yaml', async (t) => {
  const example = readFileSync(join(chartPath('spiffe-webhook'), '../../certs/cert-manager.yaml'))
  const wanted = parseAllDocuments(example.toString()).map((document) => document.toJS())
  const rendered = modes.certManager.filter(({ kind }) => /^(Issuer|Certificate)$/.test(kind))
  const core = ({ kind, metadata: { name, namespace }, spec }: ChartObject): unknown => ({
    kind,
    name,
    namespace,
    spec: { ...(spec as object), duration: seconds(spec) }
  })
  const order = (a: unknown, b: unknown): number =>
    JSON.stringify(a).localeCompare(JSON.stringify(b))
  t.same(rendered.map(core).sort(order), wanted.map(core).sort(order))
  for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']) {
    t.match(one(modes.certManager, kind).metadata.annotations, {
      'cert-manager.io/inject-ca-from': 'spiffe-webhook/spiffe-webhook'
    })
  }
})

function seconds(spec: unknown): number | undefined {
  const [, count, unit] =
    /^(\d+)([hs])$/.exec(String((spec as { duration?: string }).duration)) ?? []
  return count === undefined ? undefined : Number(count) * (unit === 'h' ? 3600 : 1)
}

await t.test('certManager: a renewed CA has the key that signed the leaf in use', async (t) => {
  const ca = one(modes.certManager, 'Certificate', 'spiffe-webhook-ca')
  t.match(ca.spec, { privateKey: { rotationPolicy: 'Never' } })
})

await t.test('certManager: an issuer of yours replaces ours', async (t) => {
  const issuerRef = { name: 'vault', kind: 'ClusterIssuer' }
  const certificates = { mode: 'certManager', issuerRef }
  const rendered = await render('spiffe-webhook', { certificates })
  t.same(all(rendered, 'Issuer'), [])
  t.match(one(rendered, 'Certificate').spec, { issuerRef })
})

await t.test('files: the CA stands in every entry', async (t) => {
  for (const { name, clientConfig } of entries(modes.files)) {
    t.equal(Buffer.from(clientConfig.caBundle ?? '', 'base64').toString(), pem, name)
  }
})
