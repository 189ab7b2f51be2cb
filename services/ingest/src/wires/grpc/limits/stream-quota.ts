/** Limits how many calls are open at once. */
export interface StreamQuota<S> {
  /**
   * Adds a call. Above the limit, the address with the most calls gives up its newest, which may be this one.
   * @returns the call to end; undefined: there was room
   */
  open(stream: S, address: string): S | undefined;
  close(stream: S): void;
}

/** An address that opens more calls than others cannot displace theirs. */
export function createStreamQuota<S>(maxStreams: number): StreamQuota<S> {
  const byAddress = new Map<string, Set<S>>();
  const addressOf = new Map<S, string>();

  const close = (stream: S): void => {
    const address = addressOf.get(stream);
    if (address === undefined) return;
    addressOf.delete(stream);
    const streams = byAddress.get(address);
    streams?.delete(stream);
    if (streams?.size === 0) byAddress.delete(address);
  };

  return {
    open(stream, address) {
      const own = byAddress.get(address) ?? new Set();
      byAddress.set(address, own.add(stream));
      addressOf.set(stream, address);
      if (addressOf.size <= maxStreams) return undefined;
      let heaviest = own;
      for (const streams of byAddress.values()) if (streams.size > heaviest.size) heaviest = streams;
      const newest = heaviest === own ? stream : ([...heaviest].at(-1) ?? stream);
      close(newest);
      return newest;
    },
    close,
  };
}
