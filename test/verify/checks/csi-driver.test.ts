import t from 'tap'
import { statusOf } from '../../../src/verify/check.ts'
import { checkCsiDriver } from '../../../src/verify/checks/csi-driver.ts'

const right = {
  attachRequired: false,
  podInfoOnMount: true,
  fsGroupPolicy: 'None',
  volumeLifecycleModes: ['Ephemeral']
}
const labels = { 'security.openshift.io/csi-ephemeral-volume-profile': 'restricted' }
const judge = (spec: object, metadata: object = { labels }): ReturnType<typeof checkCsiDriver> =>
  checkCsiDriver({ metadata, spec }, 'csi.spiffe.io')

await t.test('the object of the driver passes', async (t) => {
  t.same(judge(right).findings, [])
  t.equal(statusOf(judge(right)), 'ok')
})

await t.test('each wrong field is named, with what mends it', async (t) => {
  const cases = [
    [{ attachRequired: true }, /attachRequired is true, not false/, /^kubectl delete csidriver/],
    [
      { podInfoOnMount: false },
      /podInfoOnMount is false, not true/,
      /^kubectl patch csidriver csi.spiffe.io --patch '{"spec":{"podInfoOnMount":true}}'$/
    ],
    [{ podInfoOnMount: undefined }, /podInfoOnMount is undefined/, /patch/],
    [{ fsGroupPolicy: 'File' }, /fsGroupPolicy is File, not None/, /"fsGroupPolicy":"None"/],
    [{ volumeLifecycleModes: ['Persistent'] }, /\[Persistent\], without Ephemeral/, /delete/]
  ] as const
  for (const [change, message, command] of cases) {
    const { findings } = judge({ ...right, ...change })
    t.match(findings, [{ reason: 'CsiDriverWrong', severity: 'error', message, command }])
    t.equal(findings.length, 1)
  }
})

await t.test('a missing object fails', async (t) => {
  const result = checkCsiDriver(undefined, 'csi.spiffe.io')
  t.match(result.findings, [{ reason: 'CsiDriverMissing', command: /^helm install/ }])
  t.equal(statusOf(result), 'failed')
})

await t.test('the label of OpenShift is worth knowing, no more', async (t) => {
  const result = judge(right, {})
  t.match(result.findings, [{ reason: 'OpenShiftLabelMissing', severity: 'info' }])
  t.equal(statusOf(result), 'ok')
})
