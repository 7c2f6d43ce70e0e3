import t from 'tap'
import { csiVolumes } from '../../../src/guard/rules/csi-volumes.ts'
import { found } from './found.ts'

const pod = (csi: unknown): unknown => ({ spec: { volumes: [{ name: 'v', csi }] } })

const cases: readonly (readonly [csi: unknown, ...lines: readonly string[]])[] = [
  [undefined],
  [null],
  ['csi.spiffe.io'],
  [{}],
  [{ driver: 7 }],
  [{ driver: 'secrets-store.csi.k8s.io' }],
  [{ driver: 'csi.spiffe.io', readOnly: true }],
  [
    { driver: 'csi.spiffe.io', readOnly: 'true' },
    'warn CsiVolumeWritable spec.volumes[0].csi.readOnly: csi volume "v" of csi.spiffe.io is not readOnly, so the driver will refuse it: set readOnly: true'
  ],
  [
    { driver: 'upstream.csi.spiffe.io', readOnly: true },
    'deny CsiDriverDenied spec.volumes[0].csi.driver: csi volume "v" names the driver "upstream.csi.spiffe.io", which hands out another agent\'s socket: use the driver csi.spiffe.io'
  ]
]

t.test("csi.spiffe.io readOnly is the route, another agent's driver is not", async (t) => {
  for (const [csi, ...lines] of cases) {
    t.same(found(csiVolumes, pod(csi)), lines, JSON.stringify(csi))
  }
  t.same(found(csiVolumes, {}), [])
})
