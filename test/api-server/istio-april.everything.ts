import t from 'tap'
import { admission } from './admission.ts'

for (const kubernetes of ['1.37', '1.34'] as const) {
  await t.test(`admission on Kubernetes ${kubernetes}, with the Istio of April 2026`, (t) =>
    admission(t, kubernetes, 'istio-april')
  )
}
