import { once } from 'node:events'
import { createServer } from 'node:https'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { makeAuthority, sign } from './certificates.ts'
import type { Cluster } from './cluster.ts'
import { freePort } from './ports.ts'
import { startCluster } from './start-cluster.ts'
import { until } from './until.ts'

const namespace = 'outside'
const ca = await makeAuthority()
const pair = await sign(ca, { user: 'echo', dns: [`echo.${namespace}.svc`] })

const answer = async (request: Readable, name: string): Promise<string> => {
  const { request: review } = JSON.parse(await text(request))
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: review.uid, allowed: true, warnings: [name] }
  })
}

/** A webhook that allows everything and signs its answers with a warning. */
const startWebhook = async ({ address }: Cluster, name: string): Promise<number> => {
  const server = createServer(pair, (request, response) => {
    response.setHeader('connection', 'close')
    answer(request, name).then(
      (body) => response.end(body),
      (error) => response.destroy(error)
    )
  })
  const port = await freePort()
  await once(server.listen(port, address), 'listening')
  t.teardown(() => server.close())
  return port
}

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'echo', namespace },
  // As a chart writes it: the selector makes the controller-manager keep slices of its own.
  spec: { selector: { app: 'echo' }, ports: [{ name: 'https', port: 443, targetPort: 'https' }] }
}

const configuration = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'echo' },
  webhooks: [
    {
      name: 'echo.webhook.test',
      clientConfig: {
        service: { name: 'echo', namespace, path: '/' },
        caBundle: Buffer.from(ca.cert).toString('base64')
      },
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      rules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }
      ],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      failurePolicy: 'Fail'
    }
  ]
}

const ask = async ({ kubectl }: Cluster): Promise<string> => {
  const args = ['-n', namespace, 'create', 'configmap', 'asked', '--dry-run=server']
  const { stdout, stderr } = await kubectl(args, { allowFailure: true })
  return stdout + stderr
}

for (const kubernetes of ['1.37', '1.34'] as const) {
  await t.test(`programs outside a ${kubernetes} cluster answer for a Service`, async (t) => {
    const cluster = await startCluster({ kubernetes })
    t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
    await cluster.namespace(namespace)
    const items = [service, configuration]
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
    await cluster.kubectl(['apply', '-f', '-'], { input })
    const [one, two] = [await startWebhook(cluster, 'first'), await startWebhook(cluster, 'second')]

    await t.test('nobody answers before', async () => {
      await until('a refusal', async () => /no endpoints available/.test(await ask(cluster)))
    })

    await t.test('one program', async () => {
      await cluster.expose(namespace, 'echo', [one])
      await until('the first answer', async () => /first/.test(await ask(cluster)))
    })

    await t.test('two programs take turns', async () => {
      await cluster.expose(namespace, 'echo', [one, two])
      await until('the second answer', async () => /second/.test(await ask(cluster)))
      await until('the first answer', async () => /first/.test(await ask(cluster)))
    })

    await t.test('a program that is taken away is asked no more', async () => {
      await cluster.expose(namespace, 'echo', [])
      await until('a refusal', async () => /no endpoints available/.test(await ask(cluster)))
    })
  })
}
