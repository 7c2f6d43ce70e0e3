import t from 'tap'
import { nodeCodeVolumes } from '../../../src/guard/rules/node-code-volumes.ts'
import { found } from './found.ts'

const volumes = [
  { name: 'a', flexVolume: { driver: 'x' } },
  { name: 'b', gitRepo: {} },
  { name: 'c', gitRepo: null, emptyDir: {} }
]

t.test('volumes that run code on the node are told', async (t) => {
  t.same(found(nodeCodeVolumes, { spec: { volumes } }), [
    'warn NodeCodeVolume spec.volumes[0].flexVolume: flexVolume volume "a" runs code on the node: use a CSI driver or an init container',
    'warn NodeCodeVolume spec.volumes[1].gitRepo: gitRepo volume "b" runs code on the node: use a CSI driver or an init container'
  ])
  t.same(found(nodeCodeVolumes, {}), [])
})
