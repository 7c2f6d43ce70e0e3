import { setTimeout as sleep } from 'node:timers/promises'
import { optInLabel } from '../../inject/names.ts'
import { isNoNamespace } from '../../verify/facts/namespaces.ts'
import { isHealthy, type Report } from '../../verify/report.ts'
import type { VerifyDeps } from '../../verify/scope.ts'
import { type Command, exitCodes, type Io } from '../command.ts'
import { type Flags, readFlags } from '../flags.ts'
import { usageErrors } from '../manifests.ts'
import { programVersion } from '../program-version.ts'
import { makeProgress } from '../progress.ts'
import { readVerifyFlags, type VerifySettings, verifyFlags } from './flags.ts'
import { verifyJson } from './json.ts'
import { verifyMetrics } from './metrics.ts'
import { pushMetrics } from './push.ts'
import { verifyText } from './text.ts'

const usage = `Usage: spiffe-webhook verify [-n NAMESPACE] [flags]

The doctor: reads a live cluster with your own rights, writes nothing, and says whether every pod of the labelled
namespaces (${optInLabel.key}=${optInLabel.value}) really is on the Workload API. What your rights do not show is told as "not seen".

  -n, --namespace NAMESPACE       look at the pods of this namespace only
      --exec                      ask the Envoys themselves, by pilot-agent in istio-proxy, for their certificates
      --pods N                    how many Envoys to ask, one for each identity (default 20)
      --rotation SECONDS          wait until every serial number has changed, at most so long (implies --exec)
      --agent-namespace NAMESPACE where the DaemonSet of the agent is (default: looked for everywhere)
  -o, --output text|json|metrics  how to print what was found
      --push-gateway URL          also send the metrics to a Prometheus Pushgateway
      --strict                    warnings, and what was not seen, fail too
      --config FILE               configuration of the webhook (default: that of the installed chart)
      --kubeconfig FILE           instead of $KUBECONFIG, ~/.kube/config or the pod's ServiceAccount
      --context NAME              context of the kubeconfig
  -h, --help                      print this

Exit code: 0 healthy, 1 findings, 64 usage, 69 the API server cannot be reached, 70 fault.
`

const views: Readonly<Record<string, (report: Report, colours: boolean) => string>> = {
  text: verifyText,
  json: verifyJson,
  metrics: verifyMetrics
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const read = readFlags(args, verifyFlags)
  if ('errors' in read) return fail(read.errors, io)
  if (read.flags.on('help')) {
    io.out(usage)
    return exitCodes.clean
  }
  return start(read.flags, io)
}

async function start(flags: Flags, io: Io): Promise<number> {
  const settings = readVerifyFlags(flags)
  if ('errors' in settings) return fail(settings.errors, io)
  // The Kubernetes client is large: --help and a wrong command line must not wait for it.
  const [
    { chooseCluster },
    { reader, isUnreachable },
    { execInPod },
    { handshake },
    { runVerify }
  ] = await Promise.all([
    import('../../cluster/choose.ts'),
    import('../../cluster/api.ts'),
    import('../../cluster/exec.ts'),
    import('../../cluster/handshake.ts'),
    import('../../verify/verify.ts')
  ])
  const chosen = chooseCluster(settings)
  if ('error' in chosen) return fail([chosen.error], io)
  const progress = makeProgress(io, process.stderr.isTTY === true)
  const deps: VerifyDeps = {
    get: reader(chosen.config),
    exec: (request) => execInPod(chosen.config, request),
    handshake,
    now: Date.now,
    sleep,
    progress: progress.show
  }
  try {
    const about = { program: programVersion(), server: chosen.server }
    const report = await runVerify(deps, settings, about)
    progress.clear()
    return await tell(report, settings, io)
  } catch (error) {
    progress.clear()
    if (isNoNamespace(error)) return fail([error.message], io)
    if (!isUnreachable(error)) throw error
    io.err(`spiffe-webhook verify: ${error.message}\n`)
    return exitCodes.unavailable
  }
}

async function tell(report: Report, settings: VerifySettings, io: Io): Promise<number> {
  const { output, strict, pushGateway } = settings
  io.out((views[output] ?? verifyText)(report, io.colours))
  const verdict = isHealthy(report, strict) ? exitCodes.clean : exitCodes.findings
  if (pushGateway === undefined) return verdict
  const fault = await pushMetrics(pushGateway, verifyMetrics(report))
  if (fault === undefined) return verdict
  io.err(`spiffe-webhook verify: ${fault}\n`)
  return verdict === exitCodes.clean ? exitCodes.fault : verdict
}

function fail(errors: readonly string[], io: Io): number {
  usageErrors('verify', errors, io)
  return exitCodes.usage
}

/** `spiffe-webhook verify`. */
export const verify: Command = {
  summary: 'say whether it really works, on a live cluster',
  usage,
  run
}
