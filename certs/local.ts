/** Behind `npm run certs`: a serving pair for this machine in certs/local, which git ignores. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCa, makeLeaf } from '../src/certificates/self-signed.ts'

const directory = join(import.meta.dirname, 'local')
const validity = { now: Date.now(), lifetime: 30 * 86_400 }
const ca = await makeCa(validity)
const leaf = await makeLeaf(ca, ['localhost', '127.0.0.1', '::1'], validity)

mkdirSync(directory, { recursive: true })
writeFileSync(join(directory, 'ca.crt'), ca.cert)
writeFileSync(join(directory, 'tls.crt'), leaf.cert)
writeFileSync(join(directory, 'tls.key'), leaf.key, { mode: 0o600 })
writeFileSync(
  join(directory, 'config.yaml'),
  `certificates: {mode: files, directory: ${JSON.stringify(directory)}}\nserver: {drainDelay: 0}\n`
)

console.log(`certs/local: tls.crt and tls.key for localhost, valid for 30 days, signed by ca.crt

  npx spiffe-webhook serve --config certs/local/config.yaml
  curl --cacert certs/local/ca.crt https://localhost:8443/inject -H 'content-type: application/json' \\
    -d @test/fixtures/reviews/inject-native-sidecar-1st-call.json
`)
