import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { check } from '../../../src/commands/check/check.ts'
import { runCommand } from '../run-command.ts'

const cron = `apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          volumes:
          - name: all
            hostPath:
              path: /
`

t.test('the README shows what check prints', async (t) => {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8')
  const [, after = ''] = readme.split('\n$ npx spiffe-webhook check -f manifests/\n')
  const [shown = ''] = after.split('\n$ ')
  const folder = t.testdir({ manifests: { 'cron.yaml': cron } })
  const { out } = await runCommand(check, ['-f', join(folder, 'manifests')])
  t.equal(out.replaceAll(`${folder}/`, '').trimEnd(), shown)
})
