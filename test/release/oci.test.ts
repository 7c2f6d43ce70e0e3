import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { digestOf, image, index, layer, layout } from '../../release/oci.ts'
import { untar } from '../../release/untar.ts'

const settings = (architecture: string) => ({
  architecture,
  created: '2026-11-28T00:00:00Z',
  labels: { 'org.opencontainers.image.title': 'x' },
  config: { User: '65532:65532' }
})

t.test('every descriptor leads to a blob of its digest and size', async (t) => {
  const shared = await layer([{ path: 'etc' }, { path: 'etc/passwd', content: 'root\n' }])
  const images = [image([shared], settings('amd64')), image([shared], settings('arm64'))]
  const whole = index(images, {})
  const files = new Map(
    layout(whole, 'registry.example/x:0.2.0').map(({ path, content }) => [path, content])
  )
  let seen = 0
  const follow = (descriptor: { readonly digest: string; readonly size: number }): unknown => {
    const blob = files.get(`blobs/${descriptor.digest.replace(':', '/')}`)
    if (!(blob instanceof Uint8Array)) return t.fail(`${descriptor.digest} is missing`)
    t.equal(digestOf(blob), descriptor.digest)
    t.equal(blob.length, descriptor.size)
    seen += 1
    return blob
  }
  const json = (descriptor: never) => JSON.parse(String(follow(descriptor)))
  const top = JSON.parse(String(files.get('index.json')))
  t.match(top.manifests[0].annotations, {
    'org.opencontainers.image.ref.name': '0.2.0',
    'io.containerd.image.name': 'registry.example/x:0.2.0'
  })
  const { manifests } = json(top.manifests[0] as never)
  t.same(
    manifests.map((each: { readonly platform: object }) => each.platform),
    [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' }
    ]
  )
  for (const descriptor of manifests) {
    const manifest = json(descriptor as never)
    const config = json(manifest.config as never)
    const compressed = follow(manifest.layers[0]) as Buffer
    t.same(config.rootfs.diff_ids, [digestOf(gunzipSync(compressed))])
    t.match(config.config, { User: '65532:65532', Labels: settings('').labels })
    const entries = await untar(gunzipSync(compressed))
    t.same(
      entries.map(({ path }) => path),
      ['etc', 'etc/passwd']
    )
  }
  t.equal(seen, 7)
  t.equal(files.size, 6 + 4, 'the shared layer is there once, with two folders and two files')
})
