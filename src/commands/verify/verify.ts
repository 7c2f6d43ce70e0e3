import { setTimeout as sleep } from 'node:timers/promises'
import { reader } from '../../cluster/api.ts'
import type { ExecRequest } from '../../cluster/exec.ts'
import { handshake } from '../../cluster/handshake.ts'
import { optInLabel } from '../../inject/names.ts'
import { isNoNamespace } from '../../verify/facts/namespaces.ts'
import { isHealthy, type Report } from '../../verify/report.ts'
import type { VerifySubject } from '../../verify/scope.ts'
import { clusterFlags, namespaceFault, onCluster } from '../cluster.ts'
import { type Command, defineCommand, type Outcome, type Wrong } from '../command.ts'
import { exitCodes, type Io } from '../io.ts'
import { programVersion } from '../program-version.ts'
import { verifyJson } from './json.ts'
import { verifyText } from './text.ts'

const addressFault = (text: string): string | undefined =>
  /^https?:\/\//.test(text) && URL.canParse(text) ? undefined : 'must be an http or https address'

/** `spiffe-webhook verify`. */
export const verify: Command = defineCommand({
  name: 'verify',
  synopsis: '[-n NAMESPACE] [flags]',
  about: [
    `The doctor: checks a live cluster with your own rights and changes nothing. Is every pod of the labelled namespaces (${optInLabel.key}=${optInLabel.value}) on the Workload API, and is everything there that it needs? What you have no permission to read is reported as unknown.`
  ],
  flags: {
    namespace: {
      short: 'n',
      value: 'NAMESPACE',
      names: 'namespaces',
      check: namespaceFault,
      help: 'check only the pods of this namespace'
    },
    exec: {
      help: 'ask the Envoys for their certificates, with pilot-agent in their sidecars'
    },
    pods: {
      value: 'N',
      number: { from: 1, to: 10_000 },
      help: 'number of Envoys to ask, one for each identity (default 20)'
    },
    rotation: {
      value: 'SECONDS',
      number: { from: 1, to: 86_400 },
      help: 'wait up to SECONDS for every certificate to rotate (implies --exec)'
    },
    'agent-namespace': {
      value: 'NAMESPACE',
      names: 'namespaces',
      check: namespaceFault,
      help: "namespace of the agent's DaemonSet (default: search all)"
    },
    agent: {
      value: 'kubernetes|external',
      values: ['kubernetes', 'external'],
      help: 'where the agent runs: as a DaemonSet, or outside Kubernetes, for example as a service of each node'
    },
    'push-gateway': {
      value: 'URL',
      check: addressFault,
      help: 'also send the metrics to a Prometheus Pushgateway'
    },
    strict: { help: 'warnings and unknown facts fail too' },
    config: {
      value: 'FILE',
      help: 'configuration of the webhook (default: that of the installed chart)'
    },
    ...clusterFlags
  },
  output: {
    help: 'format of the report',
    views: {
      text: (report: Report, io) => verifyText(report, io.colours),
      json: verifyJson,
      html: async (report) => (await import('./page.ts')).verifyPage(report),
      metrics: async (report) => (await import('./metrics.ts')).verifyMetrics(report)
    }
  },
  exits: '0 healthy, 1 findings, 64 usage, 69 the API server cannot be reached, 70 fault',
  run: async ({ flags, config, io }) => {
    const asks = flags.exec || flags.rotation !== undefined
    const subject = {
      config,
      hasConfigFile: flags.config !== undefined,
      namespace: flags.namespace,
      selector: flags.selector,
      agentNamespace: flags['agent-namespace'],
      agentIsExternal: flags.agent === 'external',
      pods: asks ? (flags.pods ?? 20) : 0,
      rotation: flags.rotation
    }
    const result = await examine(subject, flags, io)
    if (!('data' in result) || result.data === undefined) return result
    const { data: report } = result
    const fault = await push(flags['push-gateway'], report)
    const verdict = isHealthy(report, flags.strict) ? exitCodes.clean : exitCodes.findings
    const failed = fault === undefined || verdict !== exitCodes.clean ? verdict : exitCodes.fault
    return { data: report, faults: fault === undefined ? [] : [fault], code: failed }
  }
})

async function push(gateway: string | undefined, report: Report): Promise<string | undefined> {
  if (gateway === undefined) return undefined
  return (await import('./metrics.ts')).pushMetrics(gateway, report)
}

/** Runs the doctor on the cluster that the flags name. */
function examine(
  subject: VerifySubject,
  named: { readonly kubeconfig: string | undefined; readonly context: string | undefined },
  io: Io
): Promise<Outcome<Report> | Wrong> {
  return onCluster(named, io, async ({ config, server, progress }) => {
    const [{ execInPod }, { runVerify }] = await Promise.all([
      import('../../cluster/exec.ts'),
      import('../../verify/verify.ts')
    ])
    const exec = (request: ExecRequest): ReturnType<typeof execInPod> => execInPod(config, request)
    const [get, peek] = [reader(config), reader(config, { first: 3000, later: 3000, tries: 1 })]
    const deps = { get, peek, exec, handshake, now: Date.now, sleep, progress }
    try {
      const about = { program: programVersion(), server }
      return { data: await runVerify(deps, subject, about), code: exitCodes.clean }
    } catch (error) {
      if (isNoNamespace(error)) return { errors: [error.message] }
      throw error
    }
  })
}
