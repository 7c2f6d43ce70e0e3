import t from 'tap'
import { entriesOf, isAskedAbout } from '../../../src/verify/webhooks/entries.ts'

await t.test('rules are matched as the API server matches them', async (t) => {
  const asked = (resources: readonly string[], resource: string, group = ''): boolean => {
    const rules = [{ apiGroups: ['', 'apps'], operations: ['CREATE'], resources }]
    const [entry] = entriesOf([{ metadata: { name: 'c' }, webhooks: [{ name: 'w', rules }] }])
    return entry !== undefined && isAskedAbout(entry, group, resource, 'CREATE')
  }
  for (const resource of ['pods', '*', '*/*']) t.ok(asked([resource], 'pods'), resource)
  for (const resource of ['pods/ephemeralcontainers', 'pods/*', '*/ephemeralcontainers', '*/*']) {
    t.ok(asked([resource], 'pods/ephemeralcontainers'), resource)
  }
  t.notOk(asked(['pods'], 'pods/ephemeralcontainers'))
  t.notOk(asked(['*'], 'pods/ephemeralcontainers'), '* means no subresource')
  t.notOk(asked(['pods/*'], 'pods'))
  t.notOk(asked(['jobs'], 'jobs', 'batch'), 'another group')
})

await t.test('an entry without a path has the path /', async (t) => {
  t.match(entriesOf([{ webhooks: [{ name: 'w', clientConfig: { service: {} } }] }]), [
    { path: '/' }
  ])
})
