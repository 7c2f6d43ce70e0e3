import { quote } from '../../kubernetes/quote.ts'
import type { Finding } from '../finding.ts'
import type { GuardModel } from '../guard-model.ts'
import {
  type HostPathReason,
  hostPathReasons,
  isNodePrivilege,
  judgeHostPath
} from '../host-path.ts'
import { type NriMounts, readMounts } from '../nri-mounts.ts'
import { mostMounts } from '../nri-plain-yaml.ts'
import { celKeyOf, isKeyOf } from './annotation-keys.ts'
import { nodeDeviceAnnotation } from './node-device-annotations.ts'
import type { PodRule } from './rule.ts'

/** Annotation keys of NRI's device-injector plugin (containerd/nri plugins/device-injector), alone or before a slash. */
const mountKeys = ['mounts.nri.io', 'mounts.noderesource.dev']

const remedy =
  'write a list of bind mounts with source, destination, type and options in plain or quoted ASCII, without anchors, tags or escapes'

type NriReason =
  | 'NriMountReachesSocket'
  | 'NriAnnotationUnreadable'
  | 'NodeDeviceAnnotation'
  | HostPathReason

/**
 * Where NRI's device-injector runs, an annotation mounts a host path without any volume.
 *
 * Restricted fields: metadata.annotations["mounts.nri.io…"], ["mounts.noderesource.dev…"]: source of each mount
 * Allowed values:    as for hostPath; an annotation that two readers could read in two ways is refused; proc, sysfs and
 *                    cgroup warn, or are refused where guard.nodePrivileges says deny
 */
export const nriAnnotations: PodRule<NriReason> = {
  about: 'pod',
  reasons: {
    ...hostPathReasons,
    ...nodeDeviceAnnotation,
    NriMountReachesSocket: {
      leadsTo: 'socket',
      meaning: 'An NRI annotation mounts a host path that leads to the socket.',
      remedy: 'use a csi.spiffe.io volume'
    },
    NriAnnotationUnreadable: {
      oldByText: true,
      meaning:
        'An NRI mount annotation is not plain YAML, so two readers could read two things in it.',
      remedy
    }
  },
  sees: () => [
    {
      verdict: 'deny',
      annotation: celKeyOf(mountKeys)
    }
  ],
  *find({ metadata }, model) {
    let mounts = 0
    for (const [key, value] of Object.entries(metadata?.annotations ?? {})) {
      if (!isKeyOf(mountKeys, key)) continue
      const at = { keys: ['metadata', 'annotations', key], subject: quote(key) }
      const read = readMounts(value)
      if (read.kind !== 'read') {
        yield unreadable(at, read)
        continue
      }
      mounts += read.sources.length
      if (mounts > mostMounts) {
        yield unreadable(at, { kind: 'tooMany' })
        return
      }
      for (const type of new Set(read.kernel)) yield asksFor(type, at, model)
      const phrase = `NRI mount of annotation ${at.subject}`
      for (const path of read.sources) {
        const found = judgeHostPath({ ...at, path, phrase, readOnly: false }, model)
        if (found !== undefined) yield { ...found, reason: reasonOf(found) }
      }
    }
  }
}

function reasonOf({ reason }: Finding<HostPathReason>): NriReason {
  return isNodePrivilege(reason) ? reason : 'NriMountReachesSocket'
}

function asksFor(
  type: string,
  at: Pick<Finding, 'keys' | 'subject'>,
  model: GuardModel
): Finding<NriReason> {
  return {
    ...at,
    verdict: model.guard.nodePrivileges,
    reason: 'NodeDeviceAnnotation',
    what: `annotation ${at.subject} asks for the file system ${type} of the node's kernel`,
    remedy: 'remove the mount, or ask for an exemption'
  }
}

function unreadable(
  at: Pick<Finding, 'keys' | 'subject'>,
  read: Exclude<NriMounts, { kind: 'read' }> | { readonly kind: 'tooMany' }
): Finding<NriReason> {
  return {
    ...at,
    verdict: 'deny',
    reason: 'NriAnnotationUnreadable',
    what: `annotation ${at.subject} cannot be read as a list of mounts (${faultOf(read)})`,
    remedy
  }
}

function faultOf(read: Parameters<typeof unreadable>[1]): string {
  switch (read.kind) {
    case 'unreadable':
      return `line ${read.line} is not plain YAML, or is beyond ${mostMounts} mounts`
    case 'unknownType':
      return `the type ${quote(read.type)} is unknown`
    case 'tooMany':
      return `the pod has more than ${mostMounts} mounts`
  }
}
