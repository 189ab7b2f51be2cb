import { KubeError } from '@activescale/kube';
import type { TaskOptions } from './tasks.ts';

const TIMEOUT_MS = 10_000;

/** Deletes the Secrets of these names (`namespace/name`) that exist. */
export async function deleteSecrets(
  { client, log }: Pick<TaskOptions, 'client' | 'log'>,
  names: readonly string[],
): Promise<void> {
  for (const secret of names) {
    const [namespace, name] = secret.split('/');
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      await client.delete(`/api/v1/namespaces/${namespace}/secrets/${name}`, { signal });
      log.info({ secret }, 'deleted the Secret');
    } catch (error) {
      if (!(error instanceof KubeError && error.status === 404)) throw error;
      log.info({ secret }, 'there is no such Secret');
    }
  }
}
