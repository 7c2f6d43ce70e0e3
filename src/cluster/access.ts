import type { RequestOptions } from 'node:https'

/** What it takes to ask an API server; a KubeConfig of client-node is one. */
export interface Access {
  /** Null where none was chosen. */
  getCurrentCluster(): { readonly server: string } | null
  /** Adds the CA, credentials and connections to the options of one request. */
  applyToHTTPSOptions(options: RequestOptions): Promise<void>
}
