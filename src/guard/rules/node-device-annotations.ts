import { quote } from '../../kubernetes/quote.ts'
import { sentence } from '../sentences.ts'
import { celKeyOf, isKeyOf } from './annotation-keys.ts'
import type { PodRule } from './rule.ts'

/**
 * Keys by which a pod asks for devices of the node itself, past the scheduler and its device plugins: NRI's
 * device-injector makes any device node by its numbers and takes CDI devices (containerd/nri plugins/device-injector), as
 * do those of GKE and NVIDIA; the container runtime adds what a CDI file names (tags.cncf.io/container-device-interface
 * pkg/cdi AnnotationPrefix), and CRI-O a device by its path, under its old and its new key (cri-o pkg/annotations).
 */
const deviceKeys = [
  ...['devices.nri.io', 'devices.noderesource.dev', 'devices.gke.io', 'cdi.nri.io'],
  ...['cdi-devices.nri.io', 'cdi-devices.noderesource.dev', 'io.kubernetes.cri-o.Devices'],
  'devices.crio.io'
] as const
const cdiPrefix = 'cdi.k8s.io/'

const isDeviceKey = (key: string): boolean => key.startsWith(cdiPrefix) || isKeyOf(deviceKeys, key)

const asks = 'asks for devices of the node'
const remedy = 'ask for the device as a resource or by a ResourceClaim, or ask for an exemption'

/** Shared with the annotations that mount, which can ask for a file system of the kernel. */
export const nodeDeviceAnnotation: PodRule<'NodeDeviceAnnotation'>['reasons'] = {
  NodeDeviceAnnotation: {
    privilege: true,
    oldByText: true,
    meaning:
      'An annotation asks a plugin of the node for devices, past the scheduler: a disk is the whole node, and a CDI device may bring mounts. Or it asks for proc, sysfs or cgroup without the masks of the container runtime.',
    remedy
  }
}

/**
 * A disk of the node by its numbers is the node's whole file system, and a CDI device may bring mounts. What the text
 * says is not read: the key alone counts.
 *
 * Restricted fields: metadata.annotations: deviceKeys, alone or before a slash; ["cdi.k8s.io/…"]
 * Allowed values:    none; a warning, or refused where guard.nodePrivileges says deny
 */
export const nodeDeviceAnnotations: PodRule<'NodeDeviceAnnotation'> = {
  about: 'pod',
  reasons: nodeDeviceAnnotation,
  sees: () => [
    {
      verdict: 'nodePrivileges',
      annotation: `${celKeyOf(deviceKeys)} || a.startsWith('${cdiPrefix}')`,
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
