import { finding } from '../../src/verify/finding.ts'
import type { ShownPod } from '../../src/verify/pods/shown-pods.ts'
import type { Report } from '../../src/verify/report.ts'

const states: readonly ShownPod['state'][] = [
  'onSocket',
  'missed',
  'optedOut',
  'onSocket',
  'notOptedIn',
  'onSocket',
  'bypassing'
]

/** A report on many pods, made up. */
export function largeReport(count: number): Report {
  const pods = Array.from(
    { length: count },
    (_, index): ShownPod => ({
      namespace: `shop-${index % 40}`,
      name: `front-${index}`,
      node: `node-${index % 25}`,
      owner: `Deployment/front-${index % 200}`,
      serviceAccount: `front-${index % 200}`,
      state: states[index % states.length] ?? 'onSocket'
    })
  )
  const missed = pods[1]
  const object = { kind: 'Pod', namespace: missed?.namespace ?? '', name: missed?.name ?? '' }
  const command = `kubectl rollout restart deployment/front-1 --namespace ${object.namespace}`
  return {
    program: '0.2.0',
    server: 'https://lab.test',
    kubernetes: 'v1.37.2',
    time: '2026-11-28T00:00:00.000Z',
    namespace: undefined,
    selector: undefined,
    results: [
      {
        check: 'pods-on-socket',
        detail: 'made up',
        findings: [finding('Missed', object, 'not on the Workload API socket', command)],
        notSeen: []
      }
    ],
    tallies: new Map(),
    svids: pods
      .filter(({ state }) => state === 'onSocket')
      .map(({ namespace, name, serviceAccount }) => ({
        namespace,
        pod: name,
        serviceAccount,
        spiffeId: `spiffe://lab.test/ns/${namespace}/sa/${serviceAccount}`,
        serialNumber: '5fc8cfca5081a10cf35dca1c7c455d0c',
        issuer: 'C=US, O=SPIFFE',
        notBefore: '2026-11-28T00:00:00.000Z',
        notAfter: '2026-11-28T01:00:00.000Z',
        federated: []
      })),
    map: { pods, left: 0, nodes: { 'node-1': 'agent ready, CSI driver ready' } }
  }
}
