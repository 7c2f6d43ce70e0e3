import t from 'tap'
import { shownPods } from '../../../src/verify/pods/shown-pods.ts'
import { onSocket } from './pods.ts'

await t.test('what the map shows of a pod', async (t) => {
  const shown = shownPods()
  shown.add(onSocket, 'onSocket')
  t.match(shown.result(), {
    left: 0,
    pods: [
      { namespace: 'sock-shop', name: 'front-end-1', owner: 'Pod/front-end-1', state: 'onSocket' }
    ]
  })
})

await t.test('pods beyond the page are counted, not kept', async (t) => {
  const shown = shownPods()
  for (let i = 0; i < 10_003; i++) shown.add(onSocket, 'onSocket')
  const { pods, left } = shown.result()
  t.same([pods.length, left], [10_000, 3])
})
