/** One folder of src: what a person changes there, and what its files may import (test/structure holds them to it). */
export interface Folder {
  /** What changes here, for the picture in the README: a few words a line. */
  readonly changes: readonly string[]
  /** Other folders of src, parted by blanks; every folder may import the types of config. */
  readonly imports: string
  /** Packages of npm. */
  readonly packages?: string
  /** A pure folder imports nothing of Node: rules cannot do I/O. */
  readonly pure?: true
}

/** Every folder of src, from the edges inwards. */
export const folders: Readonly<Record<string, Folder>> = {
  commands: {
    changes: ['a command: its flags, help', 'and output formats'],
    imports:
      'admission certificates cluster config guard inject kubernetes host-paths manifests page plan server telemetry terminal verify',
    packages: 'yaml pino prom-client'
  },
  server: {
    changes: ['TLS, routes, probes,', 'connections, drain'],
    imports: 'admission certificates config telemetry',
    packages: 'fastify prom-client pino'
  },
  plan: {
    changes: ['what a change would do', 'to what runs'],
    imports: 'cluster config guard inject kubernetes manifests verify',
    packages: 'fast-json-patch'
  },
  verify: {
    changes: ['the doctor: checks/ has one for', 'each printed name, with its findings'],
    imports: 'cluster guard inject kubernetes host-paths manifests config',
    packages: 'yaml'
  },
  admission: {
    changes: ['AdmissionReview in,', 'decision, review out'],
    imports: 'inject guard kubernetes config',
    pure: true
  },
  guard: {
    changes: ['what is refused: one rule a file', '(listed in rules.ts), exemptions, CEL'],
    imports: 'inject kubernetes host-paths config',
    pure: true
  },
  inject: {
    changes: ['which pods are moved: env,', "mounts, reasons, Istio's names"],
    imports: 'kubernetes host-paths config',
    pure: true
  },
  'host-paths': { changes: ['the model of paths', 'on a node'], imports: '', pure: true },
  kubernetes: { changes: ['shapes of pods,', 'JSON Patch'], imports: '', pure: true },
  certificates: {
    changes: ['CA and serving certificate:', 'issuing, storing, rotation'],
    imports: 'config',
    packages: 'selfsigned'
  },
  cluster: {
    changes: ['requests to an API server:', 'list, exec, handshake'],
    imports: 'certificates config kubernetes',
    packages: '@kubernetes/client-node'
  },
  telemetry: {
    changes: ['log lines, metrics', '(metric-table.ts)'],
    imports: 'admission config guard inject',
    packages: 'pino prom-client'
  },
  manifests: {
    changes: ["people's YAML and JSON:", 'read, located, edited'],
    imports: 'kubernetes',
    packages: 'diff fast-json-patch jsonc-parser yaml'
  },
  page: { changes: ['the HTML pages of', 'verify and plan'], imports: '' },
  terminal: { changes: ['colours,', 'diffs'], imports: '', packages: 'diff' },
  config: {
    changes: ['an option (body limit, lifetime):', 'its default, meaning and checks'],
    imports: 'host-paths',
    packages: 'ajv yaml'
  }
}
