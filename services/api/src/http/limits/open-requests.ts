/** A connection, as far as its open requests are concerned. */
export interface Requester {
  readonly address: string;
  /** Of its open requests, in the unit of the limit. */
  weight: number;
}

/** Of all open requests. */
export interface RequestLimits {
  /** Bytes, or whatever the caller counts. */
  readonly weight: number;
  readonly count: number;
}

/** Limits the requests that are not finished, over all connections. */
export interface OpenRequests<R extends Requester> {
  /** @returns the connection to be closed: the heaviest of the heaviest address; undefined: the limits are kept */
  add(requester: R, weight: number): R | undefined;
  remove(requester: R, weight: number): void;
}

/** Beside its headers: objects of Node and the answer. */
const BYTES_OF_REQUEST = 8 * 1024;

/** Of a request with these headers (name, value, name, value). */
export function bytesOf(rawHeaders: readonly string[]): number {
  return rawHeaders.reduce((sum, text) => sum + text.length, BYTES_OF_REQUEST);
}

export function createOpenRequests<R extends Requester>(limits: RequestLimits): OpenRequests<R> {
  const requesters = new Set<R>(); // with open requests
  let total = 0;
  let count = 0;

  const heaviest = (): R | undefined => {
    const addresses = Map.groupBy(requesters, ({ address }) => address);
    const ofOne = [...addresses.values()].reduce((a, b) => (sumOf(a) >= sumOf(b) ? a : b), []);
    return ofOne.reduce<R | undefined>(
      (a, b) => (a !== undefined && a.weight >= b.weight ? a : b),
      undefined,
    );
  };
  return {
    add(requester, weight) {
      requester.weight += weight;
      total += weight;
      count += 1;
      requesters.add(requester);
      return total > limits.weight || count > limits.count ? heaviest() : undefined;
    },
    remove(requester, weight) {
      requester.weight -= weight;
      total -= weight;
      count -= 1;
      if (requester.weight === 0) requesters.delete(requester);
    },
  };
}

function sumOf(requesters: readonly Requester[]): number {
  return requesters.reduce((sum, { weight }) => sum + weight, 0);
}
