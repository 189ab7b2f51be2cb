import { createAnswerCache } from './answer-cache.ts';
import { type KubeClient, KubeError } from './client/kube-client.ts';
import { canNameNamespace } from './names.ts';

const TTL_MS = 15_000;
const TIMEOUT_MS = 900;
const CACHE_SIZE = 1_000;
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/**
 * Whether a namespace exists, cached for 15 s. Rejects if the cluster cannot be asked; an older answer is never
 * used instead, because a load of 0 depends on it.
 */
export function createNamespaceLookup(client: KubeClient): (name: string) => Promise<boolean> {
  const known = createAnswerCache<boolean>({
    ttl: TTL_MS,
    staleTtl: 0,
    size: CACHE_SIZE,
    isPositive: (exists) => exists,
    stale() {},
    now: () => performance.now(),
  });
  const read = async (name: string): Promise<boolean> => {
    try {
      await client.get(`/api/v1/namespaces/${encodeURIComponent(name)}`, {
        accept: METADATA,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return true;
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return false;
      throw error;
    }
  };
  return async (name) => canNameNamespace(name) && known.get(name, () => read(name));
}
