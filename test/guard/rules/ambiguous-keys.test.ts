import t from 'tap'
import { ambiguousKeys } from '../../../src/guard/rules/ambiguous-keys.ts'
import { found } from './found.ts'

const line = 'deny AmbiguousKey spec.volumes[0]: volume "v" has the key "__proto__": rename the key'
const bad = [
  '{"name":"v","__proto__":{}}',
  '{"name":"v","csi":{"__proto__":1}}',
  '{"name":"v","csi":{"volumeAttributes":{"__proto__":"x"}}}',
  '{"name":"v","flexVolume":{"__proto__":null}}',
  '{"name":"v","flexVolume":{"options":{"a":"b","__proto__":"x"}}}'
]
const good = [
  '{"name":"__proto__"}',
  '{"name":"v","csi":null,"flexVolume":"x"}',
  '{"name":"v","csi":{"volumeAttributes":{"constructor":"x"}}}',
  '{"name":"v","csi":{"volumeAttributes":["__proto__"]}}'
]

t.test(
  'a key that JavaScript takes for a prototype is refused, wherever text is free',
  async (t) => {
    for (const text of bad) {
      t.same(found(ambiguousKeys, { spec: { volumes: [JSON.parse(text)] } }), [line], text)
    }
    for (const text of good) {
      t.same(found(ambiguousKeys, { spec: { volumes: [JSON.parse(text)] } }), [], text)
    }
    t.same(found(ambiguousKeys, {}), [])
  }
)
