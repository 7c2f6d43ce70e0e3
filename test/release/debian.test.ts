import t from 'tap'
import { packageNames, pins } from '../../release/debian/pins.ts'
import { architectures } from '../../release/node-binary.ts'

t.test('each package of the base is pinned for both architectures, in one version', async (t) => {
  const pinned = pins()
  t.same(Object.keys(pinned), [...architectures])
  for (const architecture of architectures) {
    t.same(
      pinned[architecture].map(({ name }) => name),
      packageNames
    )
    for (const { name, version, sha256 } of pinned[architecture]) {
      t.match(version, /^\d/, name)
      t.match(sha256, /^[0-9a-f]{64}$/, name)
    }
  }
  t.same(
    pinned.amd64.map(({ version }) => version),
    pinned.arm64.map(({ version }) => version)
  )
})
