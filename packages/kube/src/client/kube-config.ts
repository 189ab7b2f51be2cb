import { KubeConfig } from '@kubernetes/client-node';
import { createKubeClient, type KubeClient } from './kube-client.ts';
import { createLogin, type Login } from './kube-login.ts';

// Separate because client-node takes a second to load, and a start without a cluster need not wait for it.

/**
 * A client of the cluster in the file, or of the cluster that this process runs in.
 * @throws Error that names KUBECONFIG
 */
export function clusterClient(file: string | undefined, userAgent: string): KubeClient {
  return createKubeClient(loadConfig(file), userAgent);
}

/**
 * The login of the same user, for another server of that cluster.
 * @throws Error that names KUBECONFIG
 */
export function clusterLogin(file: string | undefined): () => Promise<Login> {
  return createLogin(loadConfig(file));
}

function loadConfig(file: string | undefined): KubeConfig {
  const config = new KubeConfig();
  if (file === undefined) {
    const { KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT } = process.env;
    if (!KUBERNETES_SERVICE_HOST || !KUBERNETES_SERVICE_PORT) {
      throw new Error('not in a cluster: set KUBECONFIG, or STANDALONE=true to run without a cluster');
    }
    config.loadFromCluster();
  } else {
    try {
      config.loadFromFile(file);
    } catch (cause) {
      throw new Error(`KUBECONFIG=${JSON.stringify(file)} cannot be read`, { cause });
    }
  }
  return config;
}
