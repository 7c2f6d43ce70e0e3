import { parse } from 'yaml'
import type { Config } from '../../config/config.ts'
import { numberAt, textAt } from '../../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../../kubernetes/json.ts'

/** What the chart renders beside the configuration file, as its ConfigMap says (templates/_config.tpl). */
export interface ChartValues {
  readonly image: string
  readonly timeoutSeconds: number
  readonly admissionPolicy: boolean
  readonly podDisruptionBudget: boolean
  readonly networkPolicy: boolean
}

/** Reads the values out of the ConfigMap's `chart.yaml`; undefined where it is missing or anything else. */
export function readChartValues(text: string): ChartValues | undefined {
  const read = parsed(text)
  if (!isObject(read)) return undefined
  const is = (key: string): boolean => read[key] === true
  return {
    image: textAt(read, 'image'),
    timeoutSeconds: numberAt(read, 'timeoutSeconds'),
    admissionPolicy: is('admissionPolicy'),
    podDisruptionBudget: is('podDisruptionBudget'),
    networkPolicy: is('networkPolicy')
  }
}

function parsed(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

/** What is known of the installed webhook. */
export interface Install {
  readonly config: Config
  readonly namespace: string
  /** Of every object. */
  readonly name: string
  /** What the chart writes to each pod for the configuration of the ConfigMap. */
  readonly checksum: string
  /** Undefined where the ConfigMap does not hold them. */
  readonly values: ChartValues | undefined
  /** Labels by which the Deployment finds its pods, which the API lets nobody change. */
  readonly selector: Readonly<Record<string, string>>
  readonly serviceAccount: string
}

/**
 * The objects of the chart as far as they follow from the configuration, for where Helm's release cannot be read.
 * test/charts compares them with what Helm renders.
 */
export function expectedObjects(install: Install): readonly JsonObject[] {
  const { values } = install
  return [
    service(install),
    deployment(install),
    ...(install.config.certificates.mode === 'selfSigned' ? rbac(install) : []),
    ...(values?.podDisruptionBudget ? [disruptionBudget(install)] : []),
    ...(values?.networkPolicy ? [networkPolicy(install)] : [])
  ]
}

const metadata = ({ namespace, name }: Install): JsonObject => ({ namespace, name })

const service = (install: Install): JsonObject => ({
  kind: 'Service',
  metadata: metadata(install),
  spec: {
    selector: install.selector,
    ports: [
      { name: 'https-webhook', port: 443, targetPort: 'webhook' },
      { name: 'http-probes', port: 8080, targetPort: 'probes' }
    ]
  }
})

const deployment = (install: Install): JsonObject => {
  const { port, probesPort } = install.config.server
  const { values } = install
  return {
    kind: 'Deployment',
    metadata: metadata(install),
    spec: {
      template: {
        metadata: { annotations: { 'spiffe-webhook/config-checksum': install.checksum } },
        spec: {
          containers: [
            {
              name: 'webhook',
              ...(values === undefined ? {} : { image: values.image }),
              args: ['serve', '--config', '/etc/spiffe-webhook/config.yaml'],
              ports: [
                { name: 'webhook', containerPort: port },
                { name: 'probes', containerPort: probesPort }
              ]
            }
          ],
          volumes: [{ name: 'config', configMap: { name: install.name } }]
        }
      }
    }
  }
}

const group = 'rbac.authorization.k8s.io'

function rbac(install: Install): readonly JsonObject[] {
  const { certificates } = install.config
  const subjects = [
    { kind: 'ServiceAccount', namespace: install.namespace, name: install.serviceAccount }
  ]
  const bound = (kind: string): JsonObject => ({
    roleRef: { apiGroup: group, kind, name: install.name },
    subjects
  })
  return [
    {
      kind: 'Role',
      metadata: metadata(install),
      rules: [
        {
          apiGroups: [''],
          resources: ['secrets'],
          resourceNames: [certificates.secret.name],
          verbs: ['get', 'patch']
        },
        { apiGroups: [''], resources: ['secrets'], verbs: ['create'] }
      ]
    },
    { kind: 'RoleBinding', metadata: metadata(install), ...bound('Role') },
    {
      kind: 'ClusterRole',
      metadata: { name: install.name },
      rules: [
        {
          apiGroups: ['admissionregistration.k8s.io'],
          resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
          resourceNames: [certificates.mutatingWebhookConfiguration],
          verbs: ['get', 'patch']
        }
      ]
    },
    { kind: 'ClusterRoleBinding', metadata: { name: install.name }, ...bound('ClusterRole') }
  ]
}

const disruptionBudget = (install: Install): JsonObject => ({
  kind: 'PodDisruptionBudget',
  metadata: metadata(install),
  spec: { selector: { matchLabels: install.selector } }
})

const networkPolicy = (install: Install): JsonObject => ({
  kind: 'NetworkPolicy',
  metadata: metadata(install),
  spec: {
    podSelector: { matchLabels: install.selector },
    ingress: [install.config.server.port, install.config.server.probesPort].map((port) => ({
      ports: [{ port, protocol: 'TCP' }]
    }))
  }
})
