import { setTimeout as sleep } from 'node:timers/promises'
import { generate } from 'selfsigned'
import t, { type Test } from 'tap'
import { readCertificates, signedBy } from '../../src/certificates/certificate.ts'
import type { KeyPairSource } from '../../src/certificates/key-pair.ts'
import { manage } from '../../src/certificates/manage.ts'
import { makeCa, makeLeaf } from '../../src/certificates/self-signed.ts'
import { type MemoryStore, memoryStore } from './memory-store.ts'

const config = { dnsNames: ['webhook.test', '10.0.0.1'], leafLifetime: 86_400, caLifetime: 864_000 }

interface Replica extends KeyPairSource {
  readonly warnings: string[]
}

function start(
  t: Test,
  store: MemoryStore,
  lifetimes: Partial<typeof config> = {},
  now?: () => number
): Replica {
  const warnings: string[] = []
  const source = manage({
    store,
    config: { ...config, ...lifetimes },
    info: () => undefined,
    warn: (message) => warnings.push(message),
    ...(now === undefined ? {} : { now })
  })
  t.teardown(() => source.stop())
  return { ...source, warnings }
}

async function until(what: string, done: () => boolean, seconds = 10): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!done()) {
    if (Date.now() > end) throw new Error(`still not: ${what}`)
    await sleep(10)
  }
}

const isReady = (replica: Replica): boolean => replica.notReady().length === 0

/** The heart: whatever a replica serves verifies against every caBundle there is. */
function verifies(replica: Replica, store: MemoryStore): boolean {
  const [leaf] = readCertificates(replica.current()?.cert ?? '')
  if (leaf === undefined) return false
  return (
    leaf.notAfter > Date.now() &&
    store.bundles().every((bundle) => readCertificates(bundle).some((ca) => signedBy(leaf, ca)))
  )
}

t.test(
  'a lost caBundle is counted when it is repaired, the first writing of one is not',
  async (t) => {
    const store = memoryStore()
    const counted: string[] = []
    const source = manage({
      store,
      config: { ...config, leafLifetime: 5 },
      info: () => undefined,
      warn: () => undefined,
      counts: {
        caBundleRepaired: (configuration) => counted.push(configuration),
        certificateFailed: () => counted.push('failed')
      }
    })
    t.teardown(() => source.stop())
    await until('ready', () => source.notReady().length === 0)
    await sleep(300)
    t.same(counted, [])
    store.setBundles('')
    await until('repaired', () => store.bundles().every((bundle) => bundle !== ''))
    t.same(counted, ['mutating', 'validating'])
    store.fail(new Error('away'))
    await until('a failure', () => counted.includes('failed'))
  }
)

t.test('without a Secret a replica makes one, publishes its CA and is ready', async (t) => {
  const store = memoryStore()
  const replica = start(t, store)
  t.same(replica.notReady(), ['no certificate yet'])
  await until('ready', () => isReady(replica))
  t.ok(verifies(replica, store))
  const [leaf] = readCertificates(replica.current()?.cert ?? '')
  t.equal(leaf?.x509.checkHost('webhook.test'), 'webhook.test')
  t.equal(leaf?.x509.checkIP('10.0.0.1'), '10.0.0.1')
  t.match(store.secret(), {
    'ca.crt': String,
    'ca.key': String,
    'tls.crt': String,
    'tls.key': String
  })
})

t.test('five replicas that start at once agree on one CA and one leaf', async (t) => {
  const store = memoryStore(20)
  const replicas = Array.from({ length: 5 }, () => start(t, store))
  await until('all ready', () => replicas.every(isReady))
  t.equal(new Set(replicas.map((replica) => replica.current()?.cert)).size, 1)
  t.equal(readCertificates(store.bundles()[0] ?? '').length, 1)
})

t.test('a replica that comes later serves the same pair and writes nothing', async (t) => {
  const store = memoryStore()
  const first = start(t, store)
  await until('ready', () => isReady(first))
  const writes = store.writes()
  const second = start(t, store)
  await until('ready', () => isReady(second))
  t.equal(second.current()?.cert, first.current()?.cert)
  t.equal(store.writes(), writes)
})

t.test('leaf and CA rotate while every replica verifies at every moment', async (t) => {
  const store = memoryStore(5)
  const replicas = [1, 2, 3].map(() => start(t, store, { leafLifetime: 3, caLifetime: 6 }))
  await until('all ready', () => replicas.every(isReady))
  const leaves = new Set<string>()
  const cas = new Set<string>()
  const end = Date.now() + 14_000
  let looks = 0
  while (Date.now() < end) {
    for (const replica of replicas) {
      looks += 1
      if (!verifies(replica, store)) return t.fail('a served leaf does not verify')
      leaves.add(replica.current()?.cert ?? '')
    }
    for (const bundle of store.bundles()) for (const ca of readCertificates(bundle)) cas.add(ca.pem)
    await sleep(20)
  }
  t.ok(looks > 1000, `${looks} looks`)
  t.ok(leaves.size >= 5, `${leaves.size} leaves`)
  t.ok(cas.size >= 3, `${cas.size} CAs`)
  return t.ok(
    store.bundles().every((b) => readCertificates(b).length <= 3),
    'expired CAs are dropped'
  )
})

t.test('a changed caBundle is put right on every entry, and our CAs in it are kept', async (t) => {
  const store = memoryStore()
  const replica = start(t, store, { leafLifetime: 10 })
  await until('ready', () => isReady(replica))
  const foreign = (await makeCa({ now: Date.now(), lifetime: 60 })).cert
  for (const text of ['', 'not a certificate', foreign]) {
    store.setBundles(text)
    await until('repaired', () => verifies(replica, store))
    t.notOk(store.bundles().some((bundle) => bundle.includes('not a certificate')))
  }
  t.ok(isReady(replica))
})

t.test(
  'a Secret that is deleted or corrupted is made anew, and the served leaf keeps verifying',
  async (t) => {
    const store = memoryStore()
    const replica = start(t, store, { leafLifetime: 10, caLifetime: 100 })
    await until('ready', () => isReady(replica))
    for (const data of [undefined, {}, { 'tls.crt': 'x', 'ca.crt': 'y', 'ca.key': 'z' }]) {
      const before = replica.current()?.cert
      store.setSecret(data)
      await until(
        'another pair',
        () => {
          if (!verifies(replica, store)) throw new Error('the served leaf does not verify')
          return replica.current()?.cert !== before
        },
        20
      )
    }
  }
)

t.test('a half-lost Secret keeps what is still good of it', async (t) => {
  const store = memoryStore()
  const replica = start(t, store, { leafLifetime: 10, caLifetime: 100 })
  await until('ready', () => isReady(replica))
  const secret = store.secret() ?? {}
  store.setSecret({ ...secret, 'tls.crt': '' })
  await until('a new leaf', () => (store.secret()?.['tls.crt'] ?? '') !== '')
  t.equal(store.secret()?.['ca.crt'], secret['ca.crt'], 'by the same CA')
})

t.test('while the API server is away the pair stays, and one warning says why', async (t) => {
  const store = memoryStore()
  const replica = start(t, store)
  await until('ready', () => isReady(replica))
  store.fail(new Error('connect ECONNREFUSED'))
  await until('warned', () => replica.warnings.length > 0)
  await sleep(1000)
  t.same(replica.warnings, ['certificates: connect ECONNREFUSED: trying again'])
  t.ok(isReady(replica), 'still ready')
  t.ok(verifies(replica, store))
})

t.test('without a right at first start it is not ready, says which, and recovers', async (t) => {
  const store = memoryStore()
  const why = 'cannot get Secret a/b (HTTP 403: secrets "b" is forbidden)'
  store.fail(new Error(why))
  const replica = start(t, store, { leafLifetime: 10 })
  await until('warned', () => replica.warnings.length > 0)
  t.same(replica.notReady(), [why])
  store.fail(undefined)
  await until('ready', () => isReady(replica))
})

t.test('a leaf for other names is signed again', async (t) => {
  const store = memoryStore()
  const first = start(t, store, { leafLifetime: 10 })
  await until('ready', () => isReady(first))
  await first.stop()
  const second = start(t, store, { leafLifetime: 10, dnsNames: ['other.test'] })
  await until(
    'another leaf',
    () => {
      const [leaf] = readCertificates(second.current()?.cert ?? '')
      return leaf?.x509.checkHost('other.test') === 'other.test'
    },
    20
  )
  t.ok(verifies(second, store))
})

t.test(
  'a Secret that cannot be made again leaves a replica ready with the pair it has',
  async (t) => {
    const store = memoryStore()
    const replica = start(t, store, { leafLifetime: 10, caLifetime: 100 })
    await until('ready', () => isReady(replica))
    store.refuseWrites(new Error('cannot create Secret a/b (HTTP 403)'))
    store.setSecret(undefined)
    await until('warned', () => replica.warnings.length > 0)
    t.same(replica.notReady(), [])
    t.ok(verifies(replica, store))
  }
)

t.test(
  'while a configuration cannot be read, the published CA renews, and no other signs',
  async (t) => {
    const store = memoryStore()
    let ahead = 0
    const replica = start(t, store, {}, () => Date.now() + ahead)
    await until('ready', () => isReady(replica))
    const first = replica.current()?.cert
    const ca = store.secret()?.['ca.crt']
    await sleep(5200)
    store.failBundles(new Error('cannot get mutatingwebhookconfigurations m (HTTP 403)'))
    ahead = 17 * 3600 * 1000
    await until('another leaf', () => replica.current()?.cert !== first, 20)
    t.match(replica.warnings, [/HTTP 403/])
    t.ok(isReady(replica))
    t.ok(verifies(replica, store))
    const second = replica.current()?.cert
    ahead = config.caLifetime * 700
    await until('another CA', () => store.secret()?.['ca.crt'] !== ca, 40)
    await sleep(6000)
    t.equal(replica.current()?.cert, second, 'nobody knows the other CA yet')
  }
)

t.test('a replica whose pair is trusted by nobody takes another at once', async (t) => {
  const store = memoryStore()
  const replica = start(t, store)
  await until('ready', () => isReady(replica))
  store.setSecret(undefined)
  store.setBundles('')
  await until('trusted', () => verifies(replica, store), 4)
  t.ok(isReady(replica))
})

t.test('an expired leaf in the Secret is signed again at once, and never served', async (t) => {
  const store = memoryStore()
  const now = Date.now()
  const ca = await makeCa({ now: now - 90_000_000, lifetime: 864_000 })
  const leaf = await makeLeaf(ca, config.dnsNames, { now: now - 90_000_000, lifetime: 86_400 })
  const data = { 'ca.crt': ca.cert, 'ca.key': ca.key, 'tls.crt': leaf.cert, 'tls.key': leaf.key }
  store.setSecret(data)
  const replica = start(t, store)
  await until('a pair', () => replica.current() !== undefined, 2)
  t.ok(verifies(replica, store))
  t.equal(store.secret()?.['ca.crt']?.trim(), ca.cert.trim(), 'by the same CA')
})

t.test("a Secret of another's CA is made ours, and a caBundle is not emptied first", async (t) => {
  const store = memoryStore()
  const name = /spiffe-webhook CA \w+/
  const validity = { now: Date.now(), lifetime: 864_000 }
  const foreign = await generate([{ name: 'commonName', value: 'spiffe-webhook CA' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }]
  })
  const ca = { cert: foreign.cert, key: foreign.private }
  const leaf = await makeLeaf(ca, config.dnsNames, validity)
  store.setSecret({
    'ca.crt': ca.cert,
    'ca.key': ca.key,
    'tls.crt': leaf.cert,
    'tls.key': leaf.key
  })
  store.setBundles(ca.cert)
  const replica = start(t, store)
  let emptied = false
  await until('ready', () => {
    emptied ||= store.bundles().includes('')
    return isReady(replica)
  })
  t.ok(verifies(replica, store))
  t.notOk(emptied)
  const cas = readCertificates(store.secret()?.['ca.crt'] ?? '')
  t.ok(cas.length === 1 && cas.every(({ commonName }) => name.test(commonName)))
})

t.test('writes that never succeed are tried ever more slowly', async (t) => {
  const store = memoryStore()
  store.refuseWrites(false)
  start(t, store)
  await sleep(3000)
  t.ok(store.writes() <= 8, `${store.writes()} writes in 3 s`)
})
