import { nameOf, textAt } from '../../kubernetes/fields.ts'
import { isObject } from '../../kubernetes/json.ts'
import { quote } from '../../kubernetes/quote.ts'
import { type HostPathReason, hostPathReasons, judgeHostPath } from '../host-path.ts'
import { csiDriverDenied, driverText, namesDriver } from './csi-volumes.ts'
import { nodeCodeVolume, runsCode } from './node-code-volumes.ts'
import type { RuleAbout } from './rule.ts'

const sources = ['hostPath', 'local'] as const
const volumeDriver = 'object.spec.csi.driver'

/** How a sentence of the policy speaks of a source, in CEL. */
const celPhrase = (source: string): string =>
  `'${source} source of PersistentVolume "' + object.metadata.name + '"'`

/**
 * A PersistentVolume puts a host path into any pod that claims it (TOB-K8S-038), and Pod Security does not
 * check it. Nobody is exempt: dynamic provisioners turn a tenant's strings into paths.
 *
 * Restricted fields: spec.hostPath.path, spec.local.path; spec.csi.driver; spec.flexVolume
 * Allowed values:    as for a pod's volume
 */
export const persistentVolumes: RuleAbout<
  'persistentVolume',
  HostPathReason | 'CsiDriverDenied' | 'NodeCodeVolume'
> = {
  about: 'persistentVolume',
  reasons: { ...hostPathReasons, ...csiDriverDenied, ...nodeCodeVolume },
  sees: ({ deniedCsiDrivers, csiDriver }) => [
    ...sources.map((source) => {
      const says = { hostPath: `object.spec.${source}.path`, what: celPhrase(source) }
      return { verdict: 'deny', source, says } as const
    }),
    { verdict: 'warn', source: 'flexVolume' },
    {
      verdict: 'deny',
      source: 'csi',
      where: `${volumeDriver} in ${deniedCsiDrivers}`,
      says: {
        driver: volumeDriver,
        text: driverText(celPhrase('csi'), volumeDriver, csiDriver)
      }
    }
  ],
  *find(volume, model) {
    const name = quote(nameOf(volume))
    const spec = isObject(volume.spec) ? volume.spec : {}
    for (const source of sources) {
      const value = spec[source]
      if (value === undefined || value === null) continue
      const found = judgeHostPath(
        {
          path: isObject(value) ? value.path : undefined,
          keys: ['spec', source, 'path'],
          phrase: `${source} source of PersistentVolume ${name}`,
          subject: source,
          readOnly: false
        },
        model
      )
      if (found !== undefined) yield found
    }
    if (spec.flexVolume !== undefined && spec.flexVolume !== null) {
      const phrase = `flexVolume source of PersistentVolume ${name}`
      yield runsCode(['spec', 'flexVolume'], 'flexVolume', phrase)
    }
    const driver = textAt(spec, 'csi', 'driver')
    if (!model.deniedCsiDrivers.has(driver)) return
    yield {
      verdict: 'deny',
      reason: 'CsiDriverDenied',
      keys: ['spec', 'csi', 'driver'],
      subject: 'csi',
      what: `csi source of PersistentVolume ${name} ${namesDriver(driver)}`,
      remedy: `use the driver ${model.inject.csiDriver} in the pod`
    }
  }
}
