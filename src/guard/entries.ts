import type { Config } from '../config/config.ts'
import type { MatchConditions } from './cel/match-conditions.ts'
import type { GuardMode } from './guard-mode.ts'
import type { ResourceGroup } from './rules/rules.ts'

type Scope = Config['guard']['scope']

/** One entry of the ValidatingWebhookConfiguration: who is asked about what, where and when. */
export interface GuardEntry {
  /** The first part of its name, as in `enforce-pods.spiffe-webhook.internal`. */
  readonly name: string
  readonly mode: GuardMode
  /** Labelled namespaces, all others, or objects that belong to no namespace. */
  readonly where: 'optedIn' | 'elsewhere' | 'clusterScoped'
  /** The scopes of the guard in which there is such an entry. */
  readonly scopes: readonly Scope[]
  readonly asked: ResourceGroup
  readonly condition: keyof MatchConditions
}

const both = ['optedIn', 'cluster'] as const
const optedIn = { mode: 'enforce', where: 'optedIn', scopes: both } as const
const elsewhere = { mode: 'enforce-host-paths', where: 'elsewhere', scopes: ['cluster'] } as const
const warnedElsewhere = { mode: 'warn', where: 'elsewhere', scopes: ['optedIn'] } as const
const alsoWarned = { mode: 'warn', where: 'elsewhere', scopes: ['cluster'] } as const
const volumes = { where: 'clusterScoped', scopes: both, asked: 'persistentVolumes' } as const

/** Every entry, in order. An object is asked about once: a warning entry leaves out what another one refuses. */
export const guardEntries: readonly GuardEntry[] = [
  { ...optedIn, name: 'enforce-pods', asked: 'pods', condition: 'finalPods' },
  { ...optedIn, name: 'enforce-pod-updates', asked: 'podUpdates', condition: 'podUpdates' },
  { ...optedIn, name: 'enforce-templates', asked: 'templates', condition: 'templates' },
  { ...elsewhere, name: 'enforce-pods-elsewhere', asked: 'pods', condition: 'pods' },
  {
    ...elsewhere,
    name: 'enforce-pod-updates-elsewhere',
    asked: 'podUpdates',
    condition: 'podUpdates'
  },
  {
    ...elsewhere,
    name: 'enforce-templates-elsewhere',
    asked: 'templates',
    condition: 'templates'
  },
  {
    ...volumes,
    name: 'enforce-persistent-volumes',
    mode: 'enforce-host-paths',
    condition: 'persistentVolumes'
  },
  { ...optedIn, name: 'warn-pods', mode: 'warn', asked: 'pods', condition: 'finalPodWarnings' },
  {
    ...optedIn,
    name: 'warn-templates',
    mode: 'warn',
    asked: 'templates',
    condition: 'templateWarnings'
  },
  { ...warnedElsewhere, name: 'warn-pods-elsewhere', asked: 'pods', condition: 'podsWarned' },
  {
    ...warnedElsewhere,
    name: 'warn-pod-updates-elsewhere',
    asked: 'podUpdates',
    condition: 'podUpdates'
  },
  {
    ...warnedElsewhere,
    name: 'warn-templates-elsewhere',
    asked: 'templates',
    condition: 'templatesWarned'
  },
  { ...alsoWarned, name: 'warn-pods-elsewhere', asked: 'pods', condition: 'podWarnings' },
  {
    ...alsoWarned,
    name: 'warn-templates-elsewhere',
    asked: 'templates',
    condition: 'templateWarnings'
  },
  {
    ...volumes,
    name: 'warn-persistent-volumes',
    mode: 'warn',
    condition: 'persistentVolumeWarnings'
  },
  {
    name: 'warn-storage-classes',
    mode: 'warn',
    where: 'clusterScoped',
    scopes: both,
    asked: 'storageClasses',
    condition: 'storageClasses'
  }
]
