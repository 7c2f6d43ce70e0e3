import { setTimeout as sleep } from 'node:timers/promises'
import { environment } from '../../release/node-settings.ts'
import { ask } from '../api-server/ask.ts'
import type { InstalledWebhook, Replica } from '../api-server/webhook.ts'
import type { Cluster } from '../lab/cluster.ts'
import { sliceName } from '../lab/expose.ts'
import type { Callers } from './callers.ts'
import { type Clock, readClock } from './clock.ts'
import type { Incident, Sample } from './outcome.ts'
import { scrape } from './replica-metrics.ts'
import type { Settings } from './settings.ts'

/** What is disturbed. */
export interface Disturbed {
  readonly cluster: Cluster
  readonly webhook: InstalledWebhook
  readonly settings: Settings
  readonly callers: Callers
  readonly clock: Clock
  /** Grows as they happen. */
  readonly incidents: Incident[]
  /** Lives as long as the run. */
  readonly steady: Replica
  /** The first one that is killed. */
  readonly killed: Replica
}

/** What was done, as it was seen to have an effect. */
export interface Disturbance {
  /** Memory of the replica that lives as long as the run. */
  readonly samples: readonly Sample[]
  /** Lines that replicas lost because their disk was full. */
  readonly lostLines: number
  /** Seconds by which the clock of the steady replica was wrong at its worst, ahead and behind, by its log. */
  readonly ahead: number
  readonly behind: number
}

/** Seconds between two samples. */
const sampleEvery = 5

/** Does all of it until enough pods are admitted, or the time is over. */
export async function disturb(disturbed: Disturbed): Promise<Disturbance> {
  const { settings, callers, clock } = disturbed
  const began = Date.now()
  const state = { ...disturbed, lostLines: 0, restarts: 0 }
  const samples: Sample[] = []
  const clocks: number[] = []
  let [nextKill, nextSample] = [settings.killEvery, sampleEvery]
  const secondsMost = settings.minutes > 0 ? settings.minutes * 60 : Number.POSITIVE_INFINITY
  for (let part = 0; part < 1; ) {
    await sleep(200)
    const seconds = (Date.now() - began) / 1000
    part = Math.max(callers.admitted() / settings.admissions, seconds / secondsMost)
    clock.set(wrongBy(part, settings.skew))
    clocks.push(readClock(disturbed.steady.daemon.log))
    if (seconds >= nextSample) {
      nextSample += sampleEvery
      samples.push(await takeSample(disturbed, seconds))
    }
    const isDue = part >= (state.restarts + 1) / (settings.restarts + 1)
    if (isDue && state.restarts < settings.restarts) await restartApiServer(state)
    else if (seconds >= nextKill) {
      nextKill += settings.killEvery
      await kill(state)
    }
  }
  await countLines(state)
  const { lostLines } = state
  return {
    samples,
    lostLines,
    ahead: clocks.reduce((a, b) => Math.max(a, b), 0),
    behind: clocks.reduce((a, b) => Math.min(a, b), 0)
  }
}

/** Ahead in the third fifth of the run, behind in the fourth. */
function wrongBy(part: number, skew: number): number {
  const fifth = Math.floor(part * 5)
  if (fifth === 2) return skew
  return fifth === 3 ? -skew : 0
}

interface State extends Disturbed {
  killed: Replica
  lostLines: number
  restarts: number
}

async function takeSample(
  { cluster, steady, callers }: Disturbed,
  seconds: number
): Promise<Sample> {
  const { resident, heap } = await scrape(cluster.address, steady)
  return { minute: seconds / 60, admitted: callers.admitted(), resident, heap }
}

async function countLines(state: State): Promise<void> {
  state.lostLines += (await scrape(state.cluster.address, state.killed)).lostLines
}

/** Milliseconds that the kubelet and the controllers of a cluster take to remove the endpoint of a dead replica. */
const removedAfter = 500

/** Kills a replica, removes its endpoint as the controllers of a cluster would, and starts another one. */
async function kill(state: State): Promise<void> {
  const { cluster, webhook, killed, incidents } = state
  await countLines(state)
  const pid = killed.daemon.pid()
  if (pid === undefined) throw new Error(`${killed.daemon.name} ended by itself`)
  const incident: Incident = { what: 'killed', from: Date.now(), to: Number.POSITIVE_INFINITY }
  incidents.push(incident)
  process.kill(pid, 'SIGKILL')
  await sleep(removedAfter)
  const slices = '/apis/discovery.k8s.io/v1/namespaces/spiffe-webhook/endpointslices'
  const path = `${slices}/${sliceName('spiffe-webhook', killed.port)}`
  await ask(cluster.kubeConfig(), { method: 'DELETE', path })
  incident.to = Date.now()
  await webhook.stopReplica(killed)
  state.killed = await webhook.startReplica({ env: environment, output: '/dev/full' })
}

async function restartApiServer(state: State): Promise<void> {
  const { cluster, incidents } = state
  const incident: Incident = { what: 'restarted', from: Date.now(), to: Number.POSITIVE_INFINITY }
  incidents.push(incident)
  state.restarts++
  await cluster.apiServer.stop()
  await cluster.apiServer.start()
  incident.to = Date.now()
}
