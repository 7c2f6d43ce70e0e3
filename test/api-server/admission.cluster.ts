import t from 'tap'
import { admission } from './admission.ts'

for (const kubernetes of ['1.37', '1.34'] as const) {
  await t.test(`admission on Kubernetes ${kubernetes}`, (t) => admission(t, kubernetes, 'istio'))
}
