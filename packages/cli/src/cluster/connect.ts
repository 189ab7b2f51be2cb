import { createKubeClient, type KubeClient, KubeError } from '@activescale/kube';
import { UnusableClusterError, UsageError } from '../usage-error.ts';
import { ask, reasonOf } from './ask.ts';

/** The cluster of the command. */
export interface ClusterAccess {
  readonly client: KubeClient;
  /** Of the context, or `default`. */
  readonly namespace: string;
}

export interface ClusterOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** The cluster, which answers and accepts the credentials. @throws UsageError, UnusableClusterError */
export async function openCluster(options: ClusterOptions): Promise<ClusterAccess> {
  const { server, ...access } = await findCluster(options);
  await reach(access.client, server);
  return access;
}

/**
 * Finds the cluster as kubectl does: the given file, the files in KUBECONFIG, ~/.kube/config, or the service account of the
 * pod.
 * @throws UsageError
 */
export async function findCluster({
  kubeconfig,
  context,
}: ClusterOptions): Promise<ClusterAccess & { readonly server: string }> {
  // Imported here, because it takes a second to load.
  const { KubeConfig } = await import('./kube-config.ts');
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
  const server = config.getCurrentCluster()?.server;
  if (server === undefined)
    throw new UsageError('the kubeconfig names no cluster: use --kubeconfig or --context');
  const client = createKubeClient(config, 'activescale-cli');
  return { client, namespace: current?.namespace || 'default', server };
}

/** Checked once, so that commands and checks need not handle an unreachable cluster. */
async function reach(client: KubeClient, server: string): Promise<void> {
  try {
    await ask(client, '/version');
  } catch (error) {
    if (!(error instanceof KubeError))
      throw new UnusableClusterError(`the cluster at ${server} cannot be reached: ${causeOf(error)}`);
    if (error.status === 401)
      throw new UnusableClusterError(
        `the cluster at ${server} refuses the credentials of the kubeconfig (401)`,
      );
  }
}

/** For a name with several addresses the reasons are inside an AggregateError. */
export function causeOf(error: unknown): string {
  const reason = error instanceof AggregateError ? error.errors.map(reasonOf).join('; ') : reasonOf(error);
  return reason || String(error);
}
