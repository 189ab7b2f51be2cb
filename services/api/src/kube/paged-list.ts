import type { KubeClient } from '@activescale/kube';
import type { KubeObject } from './watch-event.ts';

export interface PagedListOptions {
  readonly client: KubeClient;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly accept: string;
  readonly signal: AbortSignal;
}

interface Page<T> {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items: readonly T[] | null;
}

/** Objects per page: about 1 MB of pods, whose parsing does not block the process. */
const PAGE = '500';

/** Reads a collection page by page. Returns the version at which a watch continues. */
export async function pagedList<T extends KubeObject>(
  { client, path, query, accept, signal }: PagedListOptions,
  put: (object: T) => void,
): Promise<string> {
  let next: string | undefined;
  for (;;) {
    // No resourceVersion: with resourceVersion=0 the server would ignore the limit.
    const search = new URLSearchParams({
      ...query,
      limit: PAGE,
      ...(next !== undefined && { continue: next }),
    });
    const page = await client.get<Page<T>>(`${path}?${search}`, { accept, signal });
    for (const object of page.items ?? []) put(object);
    next = page.metadata.continue || undefined;
    if (next === undefined) return page.metadata.resourceVersion ?? '';
  }
}
