import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { makeNamespace } from './clients.ts'
import type { Client, Cluster } from './cluster.ts'
import { execute } from './execute.ts'
import { startCluster } from './start-cluster.ts'

/** What a suite may use that needs no program of ours beside the API server. */
export type SomeCluster = Pick<Cluster, 'kubectl' | 'kubeConfig' | 'namespace' | 'stop'>

/**
 * A cluster that is there already, with the kubectl of this machine, if TEST_KUBECONFIG names one; else one of our own.
 * KUBECONFIG itself is not read: a suite must not reach somebody's cluster because a shell happens to point at it.
 */
export const someCluster = async (): Promise<SomeCluster> => {
  const kubeconfig = process.env.TEST_KUBECONFIG
  return kubeconfig === undefined ? startCluster() : givenCluster(kubeconfig)
}

function givenCluster(kubeconfig: string): SomeCluster {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  const home = mkdtempSync(join(tmpdir(), 'spiffe-webhook-kubectl-'))
  const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: kubeconfig }
  const kubectl: Client = (args, options = {}) => execute('kubectl', args, { ...options, env })
  const make = makeNamespace(kubectl)
  const made: string[] = []
  return {
    kubectl,
    kubeConfig: () => config,
    namespace: async (name, labels) => {
      made.push(name)
      await make(name, labels)
    },
    stop: async () => {
      await kubectl(['delete', 'namespaces', '--ignore-not-found', '--wait=false', ...made])
      rmSync(home, { recursive: true, force: true })
    }
  }
}
