import { isObject } from '../../kubernetes/json.ts'
import { quote } from '../../kubernetes/quote.ts'
import type { PodRule } from './rule.ts'

/** Shared with PersistentVolumes, which can name such a driver too. */
export const csiDriverDenied = {
  CsiDriverDenied: {
    leadsTo: 'socket',
    meaning: 'A volume names a CSI driver that hands out the socket of another agent.',
    remedy: 'use the driver csi.spiffe.io'
  }
} as const

/**
 * csi.spiffe.io is the sanctioned way to the socket, readOnly; drivers that hand out another agent's socket are
 * refused.
 *
 * Restricted fields: spec.volumes[*].csi.driver, spec.volumes[*].csi.readOnly
 * Allowed values:    any driver that is not listed; readOnly: true for csi.spiffe.io
 *                    (spiffe-csi pkg/driver: "pod.spec.volumes[].csi.readOnly must be set to 'true'")
 */
export const csiVolumes: PodRule<'CsiDriverDenied' | 'CsiVolumeWritable'> = {
  about: 'pod',
  reasons: {
    ...csiDriverDenied,
    CsiVolumeWritable: {
      onlyWarns: true,
      meaning: 'A csi.spiffe.io volume is not readOnly; the driver will refuse it.',
      remedy: 'set readOnly: true'
    }
  },
  sees: ({ deniedCsiDrivers, csiDriver }) => [
    {
      verdict: 'deny',
      volume: `has(v.csi) && v.csi.driver in ${deniedCsiDrivers}`,
      listed: 'v.csi.driver in e.csiDrivers',
      says: {
        driver: 'v.csi.driver',
        text: driverText(`'csi volume "' + v.name + '"'`, 'v.csi.driver', csiDriver)
      }
    },
    {
      verdict: 'warn',
      volume: `has(v.csi) && v.csi.driver == ${csiDriver} && !(has(v.csi.readOnly) && v.csi.readOnly)`
    }
  ],
  *find({ spec }, model) {
    for (const [index, { name, csi }] of (spec?.volumes ?? []).entries()) {
      if (!isObject(csi)) continue
      const { driver } = csi
      const keys = ['spec', 'volumes', index, 'csi']
      if (typeof driver === 'string' && model.deniedCsiDrivers.has(driver)) {
        yield {
          verdict: 'deny',
          reason: 'CsiDriverDenied',
          keys: [...keys, 'driver'],
          subject: name,
          csiDriver: driver,
          what: `csi volume ${quote(name)} ${namesDriver(driver)}`,
          remedy: `use the driver ${model.inject.csiDriver}`
        }
      } else if (driver === model.inject.csiDriver && csi.readOnly !== true) {
        yield {
          verdict: 'warn',
          reason: 'CsiVolumeWritable',
          keys: [...keys, 'readOnly'],
          subject: name,
          what: `csi volume ${quote(name)} of ${driver} is not readOnly, so the driver will refuse it`,
          remedy: 'set readOnly: true'
        }
      }
    }
  }
}

const handsOut = "which hands out another agent's socket"

/** What is wrong with a denied driver, for pods and PersistentVolumes. */
export function namesDriver(driver: string): string {
  return `names the driver ${quote(driver)}, ${handsOut}`
}

/** The same in CEL, with reason and remedy; `what` and `driver` are expressions. */
export function driverText(what: string, driver: string, csiDriver: string): string {
  return `'CsiDriverDenied: ' + ${what} + ' names the driver "' + ${driver} + '", ' + "${handsOut}: use the driver " + ${csiDriver}`
}
