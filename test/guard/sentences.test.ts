import t from 'tap'
import { fieldPath, sentence, sentenceWithReason } from '../../src/guard/sentences.ts'

const finding = {
  verdict: 'deny',
  reason: 'Word',
  keys: [],
  subject: '',
  what: 'volume "v" is wrong',
  remedy: 'remove it'
} as const

t.test('a finding becomes one sentence', async (t) => {
  t.equal(sentence(finding), 'volume "v" is wrong: remove it')
  t.equal(sentenceWithReason(finding), 'Word: volume "v" is wrong: remove it')
})

t.test('keys become a field as Kubernetes writes it', async (t) => {
  t.equal(fieldPath(['spec', 'volumes', 2, 'hostPath', 'path']), 'spec.volumes[2].hostPath.path')
  t.equal(fieldPath(['metadata', 'annotations', 'a.b/c"]']), 'metadata.annotations["a.b/c\\"]"]')
  t.equal(fieldPath([]), '')
})
