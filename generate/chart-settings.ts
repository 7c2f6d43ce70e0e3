import type { CelSettings } from '../src/guard/cel/settings.ts'

const list = (value: string): string => `{{ toRawJson .Values.${value} }}`
const helper = (name: string): string => `{{ include "spiffe-webhook.policy.${name}" . }}`

/** The settings that CEL reads as the chart fills them in: a template expression that renders one line of JSON, which is CEL. */
export const chartSettings: CelSettings = {
  protectedPaths: list('guard.protectedPaths'),
  kubeletRoots: list('guard.kubeletRoots'),
  protectedPipes: list('guard.protectedPipes'),
  deniedCsiDrivers: list('guard.deniedCsiDrivers'),
  csiDriver: list('inject.csiDriver'),
  aliases: helper('aliases'),
  exemptions: helper('exemptions'),
  containerRuntimeSockets: list('guard.containerRuntimeSockets'),
  nodeFolders: list('guard.nodeFolders'),
  nodePrivileges: list('guard.nodePrivileges'),
  strict: helper('strict'),
  allowedHostPaths: helper('allowedHostPaths')
}
