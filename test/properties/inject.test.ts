import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import patches from 'fast-json-patch'
import t from 'tap'
import { encodePatch } from '../../src/admission/review.ts'
import { inject } from '../../src/inject/inject.ts'
import { offWorkloadApi } from '../../src/inject/off-workload-api.ts'
import type { Operation } from '../../src/kubernetes/operation.ts'
import type { Pod } from '../../src/kubernetes/pod.ts'
import { defaultConfig } from '../config/default-config.ts'
import { intendedSpec } from './intended-pod.ts'
import { plausiblePod } from './plausible-pod.ts'
import { runs } from './runs.ts'

const config = defaultConfig.inject

/** RFC 6902 with validation: an operation that names nothing throws. */
const apply = (pod: Pod, operations: readonly Operation[]): Pod =>
  patches.applyPatch(structuredClone(pod), structuredClone([...operations]), true).newDocument

const standsTwice = (pod: Pod): boolean => {
  const names = (pod.spec?.containers ?? []).map(({ name }) => name)
  return (pod.spec?.initContainers ?? []).some(({ name }) => names.includes(name))
}

t.test('the patch makes the pod that the specification describes', async (t) => {
  let compared = 0
  fc.assert(
    fc.property(plausiblePod, (value) => {
      const pod = value as Pod
      const decision = inject(pod, config)
      // Names in both lists are no valid pod; what is repaired of them is the goldens' affair.
      if (decision.kind !== 'injected' || standsTwice(pod)) return
      compared += 1
      deepStrictEqual(structuredClone(apply(pod, decision.operations).spec), intendedSpec(pod))
    }),
    runs(3)
  )
  t.ok(compared > 100, `${compared} pods compared`)
})

t.test('twice is once, and an injected pod is right as a final pod', async (t) => {
  fc.assert(
    fc.property(plausiblePod, (value) => {
      const decision = inject(value, config)
      if (decision.kind === 'refused') return true
      const after = apply(value, decision.operations)
      const again = inject(after, config)
      const off = offWorkloadApi(after, config) ?? []
      return again.kind !== 'refused' && again.operations.length === 0 && off.length === 0
    }),
    runs(2)
  )
  t.pass()
})

t.test('the input is never changed', async (t) => {
  fc.assert(
    fc.property(plausiblePod, (value) => {
      const before = JSON.stringify(value)
      inject(value, config)
      return JSON.stringify(value) === before
    }),
    runs(1)
  )
  t.pass()
})

t.test('what is sent as a patch is the operations', async (t) => {
  const odd = { 'a"\\/é': 'x"é', plain: 'y' }
  const configs = [config, { ...config, labels: odd, env: { ...config.env, 'É"': '\u2028' } }]
  fc.assert(
    fc.property(plausiblePod, fc.constantFrom(...configs), (value, config) => {
      const decision = inject(value, config)
      if (decision.kind === 'refused') return
      const patch = Buffer.from(encodePatch(decision.operations), 'base64').toString()
      deepStrictEqual(JSON.parse(patch), JSON.parse(JSON.stringify(decision.operations)))
    }),
    runs(1)
  )
  t.pass()
})
