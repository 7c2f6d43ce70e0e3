import type { Get } from '../../cluster/api.ts'
import type { GuardModel } from '../../guard/guard-model.ts'
import { isObject } from '../../kubernetes/json.ts'
import type { Seen } from '../check.ts'
import { type BadVolume, badVolume } from '../pods/reach.ts'
import { seenList } from './seen.ts'

/** The volumes of a cluster: how many there are, and those that lead to the socket. */
export interface Volumes {
  readonly count: number
  readonly bad: readonly BadVolume[]
}

/** Counts the PersistentVolumes and keeps those that lead to the socket. */
export function readVolumes(get: Get, model: GuardModel): Promise<Seen<Volumes>> {
  return seenList(get, { path: '/api/v1/persistentvolumes' }, 'persistentvolumes', () => {
    const bad: BadVolume[] = []
    let count = 0
    return {
      add: (item) => {
        count += 1
        const found = isObject(item) ? badVolume(item, model) : undefined
        if (found !== undefined) bad.push(found)
      },
      result: () => ({ count, bad })
    }
  })
}
