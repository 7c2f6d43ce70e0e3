import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { type Executed, execInPod } from '../../src/cluster/exec.ts'
import { type Program, standIn } from './stand-in-api.ts'

const success = [3, JSON.stringify({ status: 'Success' })] as const
const failure = [
  3,
  JSON.stringify({ status: 'Failure', message: 'command terminated with exit code 1' })
] as const
const request = {
  namespace: 'shop',
  pod: 'cart-1',
  container: 'istio-proxy',
  command: ['pilot-agent', 'request', 'GET', 'certs?a=b']
}

await t.test('what a program writes comes back, and what keeps it from that', async (t) => {
  const cases: readonly (readonly [string, Program, Executed])[] = [
    [
      'its output, in pieces',
      { frames: [[1, '{"a":'], [2, 'noise'], [1, '1}'], success] },
      { kind: 'answered', text: '{"a":1}' }
    ],
    [
      'its last words where it fails',
      { frames: [[2, 'usage\nError: connection refused\n'], failure] },
      { kind: 'failed', why: 'Error: connection refused' }
    ],
    [
      'the Status where it says nothing',
      { frames: [failure] },
      { kind: 'failed', why: 'command terminated with exit code 1' }
    ],
    [
      'an end without a Status',
      { frames: [[1, 'half']] },
      { kind: 'failed', why: 'the connection ended before the program did' }
    ],
    ['a refusal', { refuse: 403 }, { kind: 'forbidden', why: 'exec is forbidden' }],
    ['a pod that has ended since', { refuse: 404 }, { kind: 'gone' }],
    [
      'another refusal',
      { refuse: 500 },
      { kind: 'failed', why: 'Unexpected server response: 500' }
    ],
    [
      'last words without an end',
      { frames: [[2, 'x'.repeat(5000)], failure] },
      { kind: 'failed', why: 'x'.repeat(200) }
    ],
    [
      'more than anybody would read',
      { frames: [[1, 'x'.repeat(4 * 1024 * 1024 + 1)], success] },
      { kind: 'failed', why: 'more than 4194304 bytes of output' }
    ]
  ]
  for (const [name, program, wanted] of cases) {
    const { config, asked } = await standIn(t, {
      get: () => ({ status: 404 }),
      exec: () => program
    })
    t.same(await execInPod(config, request), wanted, name)
    t.match(asked[0], /^UPGRADE \/api\/v1\/namespaces\/shop\/pods\/cart-1\/exec\?stdout=true/)
    t.match(asked[0], /stdin=false.*command=pilot-agent&command=request&command=GET&command=certs/)
  }
})

await t.test('an upgrade that nobody answers is given up, and its connection too', async (t) => {
  const { config, ended } = await standIn(t, {
    get: () => ({ status: 404 }),
    exec: () => ({ deaf: true })
  })
  t.match(await execInPod(config, request, 200), { kind: 'failed', why: /no answer within 0.2 s/ })
  await sleep(500)
  t.equal(ended(), 1)
})

await t.test('a program that hangs is left alone after a while', async (t) => {
  const { config, ended } = await standIn(t, {
    get: () => ({ status: 404 }),
    exec: () => ({ silent: true })
  })
  t.match(await execInPod(config, request, 200), { kind: 'failed', why: /no answer within 0.2 s/ })
  await sleep(500)
  t.equal(ended(), 1, 'and its connection is not waited for')
})
