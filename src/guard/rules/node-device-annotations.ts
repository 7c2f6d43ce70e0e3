import { quote } from '../../kubernetes/quote.ts'
import { sentence } from '../sentences.ts'
import type { PodRule } from './rule.ts'

/**
 * Keys by which a pod asks for devices of the node itself, past the scheduler and its device plugins: NRI's
 * device-injector makes any device node by its numbers (containerd/nri plugins/device-injector), the container runtime
 * adds what a CDI file names (tags.cncf.io/container-device-interface pkg/cdi AnnotationPrefix).
 */
const deviceKeys = ['devices.nri.io', 'devices.noderesource.dev'] as const
const cdiPrefix = 'cdi.k8s.io/'

const isDeviceKey = (key: string): boolean =>
  key.startsWith(cdiPrefix) ||
  deviceKeys.some((device) => key === device || key.startsWith(`${device}/`))

const asks = 'asks for devices of the node'
const remedy = 'ask for the device as a resource or by a ResourceClaim, or ask for an exemption'

/**
 * A disk of the node by its numbers is the node's whole file system, and a CDI device may bring mounts. What the text
 * says is not read: the key alone counts.
 *
 * Restricted fields: metadata.annotations["devices.nri.io…"], ["devices.noderesource.dev…"], ["cdi.k8s.io/…"]
 * Allowed values:    none; a warning, or refused where guard.nodePrivileges says deny
 */
export const nodeDeviceAnnotations: PodRule<'NodeDeviceAnnotation'> = {
  about: 'pod',
  reasons: {
    NodeDeviceAnnotation: {
      privilege: true,
      meaning:
        'An annotation asks a plugin of the node for devices, past the scheduler: a disk is the whole node, and a CDI device may bring mounts.',
      remedy
    }
  },
  sees: () => [
    {
      verdict: 'nodePrivileges',
      annotation: [
        `a.startsWith('${cdiPrefix}')`,
        ...deviceKeys.map((key) => `a == '${key}' || a.startsWith('${key}/')`)
      ].join(' || '),
      says: {
        text: `'NodeDeviceAnnotation: annotation "' + a + '" ' + ${JSON.stringify(sentence({ what: asks, remedy }))}`,
        privilege: 'other'
      }
    }
  ],
  *find({ metadata }, model) {
    for (const key of Object.keys(metadata?.annotations ?? {})) {
      if (!isDeviceKey(key)) continue
      const subject = quote(key)
      yield {
        verdict: model.guard.nodePrivileges,
        reason: 'NodeDeviceAnnotation',
        keys: ['metadata', 'annotations', key],
        subject,
        what: `annotation ${subject} ${asks}`,
        remedy
      }
    }
  }
}
