import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { stringify } from 'yaml'
import { readCertificates } from '../../src/certificates/certificate.ts'
import { makeCa, makeLeaf } from '../../src/certificates/self-signed.ts'
import { tbotValues } from '../charts/helm.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { until } from '../lab/until.ts'
import { ask, type Said } from './ask.ts'
import { bundled } from './bundled.ts'
import { blockNames, markReady, operatePage, runbookCommands } from './operate-page.ts'
import { bundlesOf, createIn, podRequest, under } from './under.ts'
import { installWebhook, startReplica } from './webhook.ts'

const ran = new Set<string>()

await t.test('docs/guides/operate.md, word by word', async (t) => {
  const cluster = await startCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  const page = operatePage(cluster)
  const run = async (name: string): Promise<void> => {
    ran.add(name)
    await page.run(name)
  }
  const program = await bundled(page.folder)
  const webhook = await installWebhook(
    cluster,
    { verify: { cronJob: { enabled: true } } },
    2,
    program
  )
  await markReady(cluster, 'spiffe-webhook')
  await cluster.namespace('sock-shop', { 'spiffe-webhook/injection': 'enabled' })
  const create = createIn(cluster)
  const works = async (): Promise<boolean> => (await create()).code === 201
  await until('the webhook is asked', works)
  const stopAll = async (): Promise<void> => {
    for (const replica of [...webhook.replicas]) await webhook.stopReplica(replica)
  }
  const startTwo = async (): Promise<void> => {
    for (let count = 0; count < 2; count++) await webhook.startReplica()
  }

  await t.test('locked, out, and back', async (t) => {
    await stopAll()
    const locked = await create()
    t.match(locked.message, /failed calling webhook/)
    const ordinary = podRequest('default', { containers: [{ name: 'a', image: 'a' }] })
    t.equal((await ask(cluster.kubeConfig(), ordinary)).code, 201, 'ordinary pods pass')
    await run('locked-out')
    await until('pods pass', works, { seconds: 5 })
    await startTwo()
    await run('locked-back')
    await until('the webhook is asked again', async () => {
      const { code } = await create()
      return code === 201 && (await bundlesOf(cluster)).every((bundle) => bundle !== '')
    })
  })

  await t.test('through while nobody answers, and no longer', async (t) => {
    await run('ignore')
    await stopAll()
    await until('pods pass', works, { seconds: 5 })
    const args = [
      'upgrade',
      'spiffe-webhook',
      'charts/spiffe-webhook',
      '--namespace',
      'spiffe-webhook'
    ]
    await cluster.helm([
      ...args.map((arg) => (arg.startsWith('charts') ? join(page.folder, arg) : arg)),
      '--reset-then-reuse-values',
      '--set',
      'failurePolicy=Fail'
    ])
    await until('pods are refused', async () => !(await works()))
    await startTwo()
    await until('the webhook is asked', works)
    t.pass('refused again while nobody answers, and asked when somebody does')
  })

  await t.test('a node joins while no replica is ready: agent and driver start', async (t) => {
    await cluster.namespace('spire-system')
    await stopAll()
    const username = 'system:serviceaccount:kube-system:daemon-set-controller'
    const paths = {
      tbot: ['/run/spire/agent-sockets'],
      'spiffe-csi-driver': ['/var/lib/kubelet/pods', '/var/lib/kubelet/plugins_registry']
    }
    const create = async (serviceAccountName: string, ...more: string[]): Promise<Said> => {
      const hostPaths = [...paths[serviceAccountName as keyof typeof paths], ...more]
      const volumes = hostPaths.map((path, i) => ({ name: `v${i}`, hostPath: { path } }))
      const spec = { serviceAccountName, volumes, containers: [{ name: 'a', image: 'a' }] }
      const asked = podRequest('spire-system', spec)
      return ask(cluster.kubeConfig(), { ...asked, username })
    }
    for (const name of Object.keys(paths)) {
      await cluster.kubectl(['-n', 'spire-system', 'create', 'serviceaccount', name])
      const said = await create(name)
      t.equal(said.code, 201, `optedIn: ${name}: ${said.message}`)
    }
    const upgrade = ['upgrade', 'spiffe-webhook', join(page.folder, 'charts/spiffe-webhook')]
    const place = ['--namespace', 'spiffe-webhook', '--reset-then-reuse-values']
    await cluster.helm([...upgrade, ...place, '--set', 'guard.scope=cluster'])
    await until(
      'what is not exempt waits',
      async () => (await create('tbot', '/data')).code !== 201
    )
    t.match((await create('tbot', '/data')).message, /failed calling webhook/)
    for (const name of Object.keys(paths)) {
      const said = await create(name)
      t.equal(said.code, 201, `cluster: ${name}: ${said.message}`)
    }
    await run('exclude-agents')
    await until('another agent starts', async () => (await create('tbot', '/data')).code === 201)
    const back = '--set=guard.scope=optedIn,excludedNamespaces={kube-system}'
    await cluster.helm([...upgrade, ...place, back])
    await startTwo()
    await until('the webhook is asked', works)
  })

  await t.test('a lost Secret, and a CA that is to go', async (t) => {
    const first = readCertificates((await bundlesOf(cluster))[0] ?? '')
    const lost = await under(create, async () => {
      await run('secret-lost')
      await until(
        'a second CA',
        async () => readCertificates((await bundlesOf(cluster))[0] ?? '').length === 2
      )
      await sleep(10_000)
    })
    t.same(lost, [])
    const gone = await under(create, async () => {
      await run('newest-ca')
      await sleep(8000)
    })
    t.same(gone, [])
    for (const bundle of await bundlesOf(cluster)) {
      const held = readCertificates(bundle)
      t.equal(held.length, 1, 'one CA is left, and stays alone')
      t.not(held[0]?.fingerprint, first[0]?.fingerprint)
    }
  })

  await t.test('a Secret of nonsense counts as lost', async (t) => {
    const patch = JSON.stringify({
      data: { 'tls.crt': 'bm8=', 'tls.key': 'bm8=', 'ca.crt': 'bm8=', 'ca.key': 'bm8=' }
    })
    const secret = ['--namespace', 'spiffe-webhook', 'secret', 'spiffe-webhook-tls']
    const failed = await under(create, async () => {
      await cluster.kubectl(['patch', ...secret, '-p', patch])
      await until('a Secret that can be read', async () => {
        const { stdout } = await cluster.kubectl([
          'get',
          ...secret,
          '-o',
          'jsonpath={.data.tls\\.crt}'
        ])
        return readCertificates(Buffer.from(stdout, 'base64').toString()).length === 1
      })
      await sleep(8000)
    })
    t.same(failed, [])
  })

  await t.test('the commands of the runbooks', async (t) => {
    // Without a node nothing runs that could log, nothing is measured, and no rollout ends.
    const noNode =
      /does not have a host assigned|Metrics API not available|timed out waiting|waiting on|No resources found|no endpoints available/
    const commands = runbookCommands()
    t.ok(commands.length > 20)
    for (const [runbook, command] of commands) {
      const { code, stdout, stderr } = await page.attempt(
        command.replaceAll('NAMESPACE', 'sock-shop')
      )
      const isSilentGrep = code === 1 && stderr === '' && command.includes('| grep')
      t.ok(
        code === 0 || isSilentGrep || noNode.test(stdout + stderr),
        `${runbook}: ${command}: ${stderr}`
      )
    }
  })

  await t.test('upgrade and rollback', async (t) => {
    t.same(await under(create, () => run('upgrade')), [])
  })

  await t.test('another mode, without a refused pod', async (t) => {
    const validity = { now: Date.now(), lifetime: 3600 }
    const ca = await makeCa(validity)
    const pair = await makeLeaf(ca, ['spiffe-webhook-2.spiffe-webhook.svc'], validity)
    writeFileSync(join(page.folder, 'ca.crt'), ca.cert)
    const directory = join(page.folder, 'tls')
    mkdirSync(directory)
    writeFileSync(join(directory, 'tls.crt'), pair.cert)
    writeFileSync(join(directory, 'tls.key'), pair.key)
    const failed = await under(create, async () => {
      const done = run('another-mode')
      await until('the second release', async () => {
        const get = ['get', 'configmap', 'spiffe-webhook-2', '-n', 'spiffe-webhook']
        return (await cluster.kubectl(get, { allowFailure: true })).code === 0
      })
      const kubeconfig = await cluster.actAs('spiffe-webhook', 'spiffe-webhook-2')
      const replicas = [0, 1].map((index) =>
        startReplica(
          cluster,
          {
            kubeconfig,
            program,
            release: 'spiffe-webhook-2',
            certificates: { directory }
          },
          index
        )
      )
      const ports = (await Promise.all(replicas)).map(({ port }) => port)
      await cluster.expose('spiffe-webhook', 'spiffe-webhook-2', ports)
      await markReady(cluster, 'spiffe-webhook-2')
      await done
      await sleep(2000)
      // The Service is gone with the release.
      for (const { daemon } of webhook.replicas) await daemon.stop()
      await sleep(2000)
    })
    t.same(failed, [])
    const created = (
      await cluster.kubectl(['get', 'validatingwebhookconfigurations', '-o', 'name'])
    ).stdout
    t.equal(
      created.trim(),
      'validatingwebhookconfiguration.admissionregistration.k8s.io/spiffe-webhook-2'
    )
    await cluster.helm(['uninstall', 'spiffe-webhook-2', '--namespace', 'spiffe-webhook'])
  })

  await t.test('take a namespace back, uninstall', async (t) => {
    const chart = (name: string): string => join(page.folder, 'charts', name)
    const accounts = ['serviceaccount', 'tbot', 'spiffe-csi-driver']
    await cluster.kubectl(['-n', 'spire-system', 'delete', ...accounts])
    await cluster.helm([
      'install',
      'spiffe-webhook',
      chart('spiffe-webhook'),
      '-n',
      'spiffe-webhook'
    ])
    await cluster.helm(
      ['install', 'workload-api', chart('workload-api'), '-n', 'spire-system', '--values', '-'],
      { input: stringify(tbotValues) }
    )
    for (const kind of ['deployment', 'statefulset', 'daemonset']) {
      const labels = { app: kind }
      const template = { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a' }] } }
      const spec = {
        selector: { matchLabels: labels },
        template,
        ...(kind === 'statefulset' ? { serviceName: 'x' } : {})
      }
      const kinds = {
        deployment: 'Deployment',
        statefulset: 'StatefulSet',
        daemonset: 'DaemonSet'
      } as Record<string, string>
      const input = JSON.stringify({
        apiVersion: 'apps/v1',
        kind: kinds[kind],
        metadata: { name: kind, namespace: 'sock-shop' },
        spec
      })
      await cluster.kubectl(['apply', '-f', '-'], { input })
    }
    await run('take-back')
    t.equal(await works(), true, 'nothing is asked any more')
    await run('uninstall')
    const kinds = 'mutatingwebhookconfigurations,validatingwebhookconfigurations,csidrivers'
    t.equal((await cluster.kubectl(['get', kinds, '-o', 'name'])).stdout.trim(), '')
  })
})

await t.test('restored in another cluster', async (t) => {
  const [old, fresh] = [await startCluster(), await startCluster()]
  t.teardown(() => old.stop({ keepLogs: !t.passing() }))
  t.teardown(() => fresh.stop({ keepLogs: !t.passing() }))
  await installWebhook(old, { guard: { scope: 'cluster' } }, 1)
  // What a backup tool restores: every object of the namespace and of the release, but for the webhook configurations.
  const saved = [
    'configmap,secret,serviceaccount,service,deployment,role,rolebinding',
    '-n',
    'spiffe-webhook'
  ]
  const clusterWide = [
    'clusterrole,clusterrolebinding',
    '-l',
    'app.kubernetes.io/instance=spiffe-webhook'
  ]
  await fresh.namespace('spiffe-webhook')
  for (const what of [saved, clusterWide]) {
    const list = JSON.parse((await old.kubectl(['get', ...what, '-o', 'json'])).stdout)
    for (const item of list.items) {
      for (const key of [
        'uid',
        'resourceVersion',
        'creationTimestamp',
        'managedFields',
        'generation'
      ])
        delete item.metadata[key]
      delete item.status
      delete item.spec?.clusterIP
      delete item.spec?.clusterIPs
      if (['default', 'kube-root-ca.crt'].includes(item.metadata.name)) continue
      await fresh.kubectl(['apply', '-f', '-'], { input: JSON.stringify(item) })
    }
  }
  ran.add('restore')
  await operatePage(fresh).run('restore')
  const values = (
    await fresh.helm(['get', 'values', 'spiffe-webhook', '-n', 'spiffe-webhook', '-o', 'json'])
  ).stdout
  t.match(JSON.parse(values), { guard: { scope: 'cluster' } }, 'the values came along')
  const kubeconfig = await fresh.actAs('spiffe-webhook', 'spiffe-webhook')
  const replica = await startReplica(fresh, { kubeconfig, program: await bundled(fresh.folder) }, 0)
  await fresh.expose('spiffe-webhook', 'spiffe-webhook', [replica.port])
  await fresh.namespace('sock-shop', { 'spiffe-webhook/injection': 'enabled' })
  const create = createIn(fresh)
  await until('the webhook is asked', async () => (await create()).code === 201)
  t.ok((await bundlesOf(fresh)).every((bundle) => bundle !== ''))
})

await t.test('every command of the page was run', async (t) => {
  t.same([...ran].toSorted(), blockNames.toSorted())
})
