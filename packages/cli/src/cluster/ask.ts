import { type KubeClient, KubeError } from '@activescale/kube';

/** A user waits for it, in ms. */
const TIMEOUT_MS = 10_000;

/** A GET with a time-out. Rejects with a KubeError, or with the error of the connection. */
export function ask<T>(client: KubeClient, path: string): Promise<T> {
  return client.get<T>(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
}

/** The same; undefined if there is no such object, or no such kind of object. */
export async function askIfThere<T>(client: KubeClient, path: string): Promise<T | undefined> {
  try {
    return await ask<T>(client, path);
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return undefined;
    throw error;
  }
}

/** The items of a list; Go writes an empty one as null. */
export async function askList<T>(client: KubeClient, path: string): Promise<readonly T[]> {
  return (await ask<{ readonly items: readonly T[] | null }>(client, path)).items ?? [];
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
