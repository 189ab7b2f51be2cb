/** When pods were created, by Valkey's clock: a record from before then belongs to an earlier pod of the same name. */
export interface PodCreation {
  /**
   * A pod is seen for the first time.
   * @param timestamp its creationTimestamp: whole seconds by kube-apiserver's clock
   * @returns ms since the epoch; undefined: not known
   */
  seen(namespace: string, name: string, timestamp: string | undefined): number | undefined;
  /** The watch reports that a pod is gone: the next one of this name is another pod. */
  gone(namespace: string, name: string): void;
}

/** Pods to remember that are gone, the oldest of which are forgotten first. Their records expire within about a minute. */
const MAX_GONE = 5_000;

/**
 * kube-apiserver's clock may be ahead or late. A pod was created before the watch reported it, which bounds a clock that
 * is ahead, and after the watch reported that an earlier pod of its name was gone, which bounds a clock that is late.
 * @param now Valkey's clock, ms since the epoch; undefined as long as it has not been read
 */
export function createPodCreation(now: () => number | undefined): PodCreation {
  const goneAt = new Map<string, number>();
  return {
    seen(namespace, name, timestamp) {
      const created = Date.parse(timestamp ?? '');
      if (Number.isNaN(created)) return undefined;
      const earliest = goneAt.get(`${namespace}/${name}`) ?? Number.NEGATIVE_INFINITY;
      return Math.min(Math.max(created, earliest), now() ?? Number.POSITIVE_INFINITY);
    },
    gone(namespace, name) {
      const at = now();
      if (at === undefined) return;
      const key = `${namespace}/${name}`;
      goneAt.delete(key);
      goneAt.set(key, at);
      const [longest] = goneAt.keys();
      if (goneAt.size > MAX_GONE && longest !== undefined) goneAt.delete(longest);
    },
  };
}
