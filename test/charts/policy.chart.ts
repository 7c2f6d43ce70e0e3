import t from 'tap'
import { parse } from 'yaml'
import type { Config } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { renderPolicy } from '../../src/guard/cel/policy.ts'
import { celSettings } from '../../src/guard/cel/settings.ts'
import { one, render } from './helm.ts'
import { configText } from './shapes.ts'

/** Values of the guard; each must give the policy that `spiffe-webhook policy` prints for the rendered configuration. */
const cases: Readonly<Record<string, object>> = {
  'the defaults': {},
  'scope cluster': { guard: { scope: 'cluster' } },
  'lists of every kind': {
    guard: {
      protectedPaths: ['/run/spire/agent-sockets', '/run/tbot/sockets'],
      kubeletRoots: ['/var/lib/kubelet', '/var/lib/k0s/kubelet'],
      protectedPipes: [],
      deniedCsiDrivers: [],
      aliases: { '/host': '/', '/rootfs<&>': "/it's" },
      exemptions: [
        { namespace: 'a', serviceAccount: 'b', paths: ['/x'], creators: ['u'], debuggers: ['v'] }
      ]
    },
    inject: { csiDriver: 'x.spiffe.io' },
    workloadApi: { creators: [] }
  },
  'the strict mode': {
    guard: { allowedHostPaths: [{ pathPrefix: '/var/log' }, { pathPrefix: '/d', readOnly: false }] }
  },
  'the strict mode without a path': { guard: { allowedHostPaths: [] } },
  'nobody exempt': { workloadApi: { exempt: false }, excludedNamespaces: [] }
}

for (const [name, values] of Object.entries(cases)) {
  await t.test(`the chart's policy is the command's: ${name}`, async (t) => {
    const guard = { ...(values as { guard?: object }).guard, admissionPolicy: true }
    const rendered = await render('spiffe-webhook', { ...values, guard })
    const { config } = parseConfig(parse(configText(rendered))) as { config: Config }
    const { excludedNamespaces = ['kube-system'] } = values as { excludedNamespaces?: string[] }
    const [policy, binding] = renderPolicy(celSettings(config), {
      name: 'spiffe-webhook',
      scope: config.guard.scope,
      excludedNamespaces: [...excludedNamespaces, 'spiffe-webhook']
    }) as [{ spec: unknown }, { spec: unknown }]
    t.same(one(rendered, 'ValidatingAdmissionPolicy').spec, policy.spec)
    t.same(one(rendered, 'ValidatingAdmissionPolicyBinding').spec, binding.spec)
  })
}
