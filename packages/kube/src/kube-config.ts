import { KubeConfig } from '@kubernetes/client-node';
import { createKubeClient, type KubeClient } from './kube-client.ts';

/**
 * A client of the cluster that the file names, or of the one that this process runs in.
 * Apart from the rest because client-node takes a second to load: a start without a cluster need not wait for it.
 * @throws Error that names KUBECONFIG
 */
export function clusterClient(file: string | undefined, userAgent: string): KubeClient {
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
  return createKubeClient(config, userAgent);
}
