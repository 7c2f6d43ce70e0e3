import t from 'tap'
import { isUnreachable, reader } from '../../src/cluster/api.ts'
import { list } from '../../src/cluster/list.ts'
import { standIn } from './stand-in-api.ts'

const names = (): { add: (item: unknown) => void; result: () => readonly unknown[] } => {
  const kept: unknown[] = []
  return { add: (item) => kept.push(item), result: () => kept }
}

const page = (items: readonly unknown[], token = ''): { status: number; body: unknown } => ({
  status: 200,
  body: { metadata: { continue: token }, items }
})
const tokenOf = (url: URL): string => url.searchParams.get('continue') ?? ''

await t.test('a list is read page by page', async (t) => {
  const { config, asked } = await standIn(t, {
    get: (url) => (tokenOf(url) === '' ? page([1, 2], 'next') : page([3]))
  })
  const seen: number[] = []
  const request = {
    path: '/api/v1/pods',
    fieldSelector: 'status.phase!=Failed',
    labelSelector: 'a=b',
    progress: (items: number) => seen.push(items)
  }
  t.same(await list(reader(config), request, names), { kind: 'listed', value: [1, 2, 3] })
  t.same(seen, [2, 3])
  t.same(asked, [
    'GET /api/v1/pods?limit=500&labelSelector=a%3Db&fieldSelector=status.phase%21%3DFailed',
    'GET /api/v1/pods?limit=500&labelSelector=a%3Db&fieldSelector=status.phase%21%3DFailed&continue=next'
  ])
})

const expired = (token = ''): { status: number; body: unknown } => ({
  status: 410,
  body: { reason: 'Expired', metadata: token === '' ? {} : { continue: token } }
})

await t.test('an expired list goes on where the API server says', async (t) => {
  const { config } = await standIn(t, {
    get: (url) => {
      if (tokenOf(url) === '') return page([1, 2], 'old')
      return tokenOf(url) === 'old' ? expired('fresh') : page([3])
    }
  })
  const listed = await list(reader(config), { path: '/x' }, names)
  t.same(listed, { kind: 'listed', value: [1, 2, 3] }, 'and nothing is read twice')
})

await t.test('an expired list without a token begins anew', async (t) => {
  let first = true
  const { config } = await standIn(t, {
    get: (url) => {
      if (tokenOf(url) === '') return page([1, 2], 'old')
      if (!first) return page([3])
      first = false
      return expired()
    }
  })
  const listed = await list(reader(config), { path: '/x' }, names)
  t.same(listed, { kind: 'listed', value: [1, 2, 3] }, 'with a fresh collector')
})

await t.test('a list that expires for ever, or is forbidden, is refused', async (t) => {
  const old = await standIn(t, { get: () => expired() })
  t.match(await list(reader(old.config), { path: '/x' }, names), {
    kind: 'refused',
    answer: { status: 410 }
  })
  t.equal(old.asked.length, 4)
  const forbidden = await standIn(t, { get: () => ({ status: 403, body: { message: 'no' } }) })
  t.match(await list(reader(forbidden.config), { path: '/x' }, names), {
    kind: 'refused',
    answer: { status: 403, body: { message: 'no' } }
  })
  const odd = await standIn(t, { get: () => ({ status: 200, body: { items: 7 } }) })
  t.same(await list(reader(odd.config), { path: '/x' }, names), { kind: 'listed', value: [] })
})

await t.test('an API server that comes back is asked again', async (t) => {
  const date = 'Tue, 24 Nov 2026 12:00:00 GMT'
  let asked = 0
  const { config } = await standIn(t, {
    get: () => {
      asked += 1
      return { status: asked === 1 ? 503 : 200, date: asked === 1 ? '' : date }
    }
  })
  const time = Date.parse(date)
  t.same(await reader(config)('/version'), { status: 200, body: undefined, time })
  t.equal(asked, 2)
})

await t.test('a connection that breaks is taken up again, but not the first', async (t) => {
  let asked = 0
  const { config } = await standIn(t, {
    get: () => {
      asked += 1
      return asked === 2 ? 'hangUp' : { status: 200 }
    }
  })
  const get = reader(config)
  await get('/version')
  t.equal((await get('/x')).status, 200)
  t.equal(asked, 3)
  const gone = await standIn(t, { get: () => 'hangUp' })
  await t.rejects(reader(gone.config)('/version'), { cause: { code: 'UNREACHABLE' } })
  t.equal(gone.asked.length, 1, 'a server that was never there is told at once')
})

await t.test('a server that falls silent is not waited for again', async (t) => {
  const { config, asked } = await standIn(t, {
    get: ({ pathname }) => (pathname === '/x' ? 'silence' : { status: 200 })
  })
  const get = reader(config, { later: 200 })
  await get('/version')
  await t.rejects(get('/x'), { message: /no answer within 0.2 s/ })
  t.equal(asked.length, 2)
})

await t.test('an answer without a date has no time', async (t) => {
  const { config } = await standIn(t, { get: () => ({ status: 200, date: 'x' }) })
  t.equal((await reader(config)('/version')).time, undefined)
})

await t.test('an API server that does not answer is told within its time', async (t) => {
  const { config } = await standIn(t, { get: () => 'silence' })
  const began = Date.now()
  const error = await reader(config, { first: 200 })('/version').catch((error: unknown) => error)
  t.ok(isUnreachable(error))
  t.match(error, { message: /http:\/\/127.0.0.1:\d+ cannot be reached: no answer within 0.2 s/ })
  t.ok(Date.now() - began < 2000)
  t.notOk(isUnreachable(new Error('x')))
  t.notOk(isUnreachable('x'))
})
