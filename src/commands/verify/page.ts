import type { PageCheck, PageData, PageFinding, Tone } from '../../page/data.ts'
import { page } from '../../page/page.ts'
import { type CheckStatus, statusOf } from '../../verify/check.ts'
import { sumTallies } from '../../verify/checks/pods-on-socket.ts'
import { type Finding, type ObjectRef, showObject } from '../../verify/finding.ts'
import type { ShownPod } from '../../verify/pods/shown-pods.ts'
import { type Report, type ShownSvid, subjectOf, summarize } from '../../verify/report.ts'

/** The report as one HTML page: the map of the mesh, who holds which identity, and what is wrong. */
export function verifyPage(report: Report): string {
  return page(verifyData(report))
}

const tones: Readonly<Record<ShownPod['state'], Tone>> = {
  onSocket: 'good',
  missed: 'bad',
  undone: 'bad',
  bypassing: 'bad',
  optedOut: 'kept',
  proxyless: 'kept',
  ambient: 'kept',
  outside: 'other',
  notOptedIn: 'other'
}

/** How a state is called on the page. */
const words: Readonly<Record<ShownPod['state'], string>> = {
  onSocket: 'on the Workload API',
  missed: 'missed',
  undone: 'undone',
  bypassing: 'bypasses the CSI driver',
  optedOut: 'opted out',
  proxyless: 'proxyless gRPC',
  ambient: 'ambient',
  outside: 'no sidecar',
  notOptedIn: 'not opted in'
}

const columns = [
  'Namespace',
  'Pod',
  'Node',
  'Owner',
  'Service account',
  'State',
  'Identity that Envoy holds',
  'Signed by',
  'Valid until',
  'Rotated'
] as const

/** What the page shows; exported for its test. */
export function verifyData(report: Report): PageData {
  const { results, tallies, svids, map } = report
  const { errors, warnings } = summarize(report)
  const pods = sumTallies([...tallies.values()])
  const byPod = new Map(svids.map((svid) => [`${svid.namespace}/${svid.pod}`, svid]))
  const shown = map?.pods ?? []
  return {
    title: 'SPIFFE identities of the mesh',
    about: `spiffe-webhook ${report.program}, Kubernetes ${report.kubernetes || 'unknown'} at ${report.server}, ${subjectOf(report)}, ${report.time}`,
    verdict: {
      ok: errors === 0,
      text:
        errors === 0
          ? 'No check failed'
          : `${results.filter((one) => statusOf(one) === 'failed').length} of ${results.length} checks failed`
    },
    tiles: [
      { label: 'errors', value: errors },
      { label: 'warnings', value: warnings },
      { label: 'on the Workload API', value: pods.onSocket },
      { label: 'missed', value: pods.missed + pods.undone + pods.ambient },
      { label: 'certificates seen', value: svids.length }
    ],
    checks: results.map(
      (result): PageCheck => ({
        name: result.check,
        status: statuses[statusOf(result)],
        detail: result.detail
      })
    ),
    findings: results.flatMap(({ findings }) => findings).map(pageFinding),
    unknown: [
      ...new Set(
        results.flatMap(({ notSeen }) =>
          notSeen.map(({ resource, verb, why }) => `${resource}: no permission to ${verb} (${why})`)
        )
      )
    ],
    table: {
      title:
        map?.left === undefined || map.left === 0
          ? 'Pods'
          : `Pods (${map.left} more are not on the page)`,
      columns,
      groupBy: [2, 0],
      state: 5,
      tones: Object.fromEntries(
        Object.entries(tones).map(([state, tone]) => [words[state as ShownPod['state']], tone])
      ),
      notes: map?.nodes ?? {},
      rows: shown.map((pod) => row(pod, byPod.get(`${pod.namespace}/${pod.name}`)))
    }
  }
}

const statuses: Readonly<Record<CheckStatus, PageCheck['status']>> = {
  ok: 'ok',
  failed: 'failed',
  warning: 'warning',
  notSeen: 'unknown'
}

function pageFinding({ severity, reason, object, message, command }: Finding): PageFinding {
  return {
    severity,
    reason,
    object: showObject(object),
    message,
    remedies: [command],
    find: findOf(object)
  }
}

/** A pod is found by its name, an owner by its kind and name; nothing else has a row. */
function findOf({ kind, namespace, name }: ObjectRef): string {
  if (namespace === undefined) return ''
  return `"${namespace}" "${kind === 'Pod' ? name : `${kind}/${name}`}"`
}

function row(pod: ShownPod, svid: ShownSvid | undefined): readonly string[] {
  const { namespace, name, node, owner, serviceAccount, state } = pod
  return [
    ...[namespace, name, node, owner, serviceAccount, words[state]],
    ...[svid?.spiffeId ?? '', svid?.issuer ?? '', svid?.notAfter ?? '', svid?.rotatedTo ?? '']
  ]
}
