import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { exitCodes } from '../../src/commands/io.ts'
import { policy } from '../../src/commands/policy.ts'
import { runCommand } from './run-command.ts'

const names = (text: string): readonly unknown[] =>
  parseAllDocuments(text).map((document) => {
    if (!('toJS' in document)) return undefined
    const { kind, metadata } = document.toJS()
    return [kind, metadata.name]
  })

t.test('the policy and its binding are printed as YAML', async (t) => {
  const { code, out, err } = await runCommand(policy, [])
  t.equal(code, exitCodes.clean)
  t.equal(err, '')
  t.same(names(out), [
    ['ValidatingAdmissionPolicy', 'spiffe-webhook'],
    ['ValidatingAdmissionPolicyBinding', 'spiffe-webhook']
  ])
})

t.test('names, the excluded namespace and the static flavour follow the flags', async (t) => {
  const { out } = await runCommand(policy, ['--name', 'floor', '--namespace', 'infra', '--static'])
  t.match(names(out)[0], ['ValidatingAdmissionPolicy', 'floor.static.k8s.io'])
  t.match(out, 'infra')
  const json = await runCommand(policy, ['-o', 'json'])
  t.match(json.out, /^\{\n {2}"apiVersion": "admissionregistration\.k8s\.io\/v1"/)
})

t.test('the command line and the configuration are checked', async (t) => {
  const dir = t.testdir({ 'c.yaml': 'guard: {scope: everywhere}' })
  const wrong = await runCommand(policy, [
    ...['--config', `${dir}/c.yaml`, '--name', 'Floor', '--namespace', 'a.b']
  ])
  t.equal(wrong.code, exitCodes.usage)
  t.match(
    wrong.err,
    /--name "Floor": must be the name of an object: .*\n.*--namespace "a\.b": must be the name/
  )
  for (const [flag, value] of [
    ['--name', ''],
    ['--name', 'a..b'],
    ['--name', 'a'.repeat(254)],
    ['--namespace', '-a'],
    ['--namespace', 'a'.repeat(64)]
  ] as const) {
    t.equal((await runCommand(policy, [`${flag}=${value}`])).code, exitCodes.usage, value)
  }
  t.equal((await runCommand(policy, ['--name', 'a.b-c', '--namespace', 'a'])).code, exitCodes.clean)
  t.match(wrong.err, /guard\.scope: must be one of/)
  t.equal((await runCommand(policy, ['--what'])).code, exitCodes.usage)
  t.equal((await runCommand(policy, ['--help'])).out, policy.help)
})
