import { createKubeClient, type KubeClient } from '@activescale/kube';
import { UsageError } from '../usage-error.ts';

/** The cluster that the command is about. */
export interface ClusterAccess {
  readonly client: KubeClient;
  /** Of the context, or `default`. */
  readonly namespace: string;
}

export interface ClusterOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/**
 * As kubectl finds its cluster: the file that is named, the files in KUBECONFIG, ~/.kube/config, or that of the pod it
 * runs in.
 * @throws UsageError
 */
export async function openCluster({ kubeconfig, context }: ClusterOptions): Promise<ClusterAccess> {
  // Only here: it takes a second to load.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    const which = kubeconfig === undefined ? 'the kubeconfig' : `--kubeconfig ${JSON.stringify(kubeconfig)}`;
    throw new UsageError(
      `${which} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (context !== undefined) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context)) {
      throw new UsageError(
        `--context ${JSON.stringify(context)}: the kubeconfig has ${known.join(', ') || 'none'}`,
      );
    }
    config.setCurrentContext(context);
  }
  const current = config.getContextObject(config.getCurrentContext());
  return { client: createKubeClient(config, 'activescale-cli'), namespace: current?.namespace || 'default' };
}
