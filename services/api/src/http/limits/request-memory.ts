/** A connection, as far as the memory of its requests is concerned. */
export interface Holder {
  readonly address: string;
  /** Of its requests that are not finished. */
  bytes: number;
}

/** Of the requests that are not finished, over all connections. */
export interface RequestLimits {
  readonly bytes: number;
  readonly count: number;
}

/** Limits what requests that are not finished occupy, over all connections. */
export interface RequestMemory<H extends Holder> {
  /** @returns the connection to be closed: the largest of the address with the most bytes; undefined: the limits are kept */
  add(holder: H, bytes: number): H | undefined;
  remove(holder: H, bytes: number): void;
}

/** Beside its headers: objects of Node and the answer. */
const BYTES_OF_REQUEST = 8 * 1024;

/** Of a request with these headers (name, value, name, value). */
export function bytesOf(rawHeaders: readonly string[]): number {
  return rawHeaders.reduce((sum, text) => sum + text.length, BYTES_OF_REQUEST);
}

export function createRequestMemory<H extends Holder>(limits: RequestLimits): RequestMemory<H> {
  const holders = new Set<H>(); // with requests
  let total = 0;
  let count = 0;

  const largest = (): H | undefined => {
    const addresses = Map.groupBy(holders, ({ address }) => address);
    const heaviest = [...addresses.values()].reduce((a, b) => (sumOf(a) >= sumOf(b) ? a : b), []);
    return heaviest.reduce<H | undefined>(
      (a, b) => (a !== undefined && a.bytes >= b.bytes ? a : b),
      undefined,
    );
  };
  return {
    add(holder, bytes) {
      holder.bytes += bytes;
      total += bytes;
      count += 1;
      holders.add(holder);
      return total > limits.bytes || count > limits.count ? largest() : undefined;
    },
    remove(holder, bytes) {
      holder.bytes -= bytes;
      total -= bytes;
      count -= 1;
      if (holder.bytes === 0) holders.delete(holder);
    },
  };
}

function sumOf(holders: readonly Holder[]): number {
  return holders.reduce((sum, { bytes }) => sum + bytes, 0);
}
