import type { LeftOut } from '@activescale/metrics';

/** Collects the outcome of a query of metrics for the log. No answer depends on it. */
export interface QueryTrace {
  /** The requested metric or object does not exist. */
  absent(what: 'metric' | 'object'): void;
  /** The number of matching pods. */
  found(pods: number): void;
  /** One of them has no value. */
  omitted(reason: LeftOut): void;
  answered(items: number): void;
  /** Items in the answer; undefined: there was none. */
  readonly items: number | undefined;
  /** Why there is no value; undefined: there is one, or it was not a query that got so far. */
  reason(): string | undefined;
}

export function createQueryTrace(): QueryTrace {
  const omitted = new Map<LeftOut, number>();
  let absent: string | undefined;
  let pods: number | undefined;
  let items: number | undefined;
  return {
    absent: (what) => {
      absent = what;
    },
    found: (count) => {
      pods = (pods ?? 0) + count;
    },
    omitted: (reason) => omitted.set(reason, (omitted.get(reason) ?? 0) + 1),
    answered: (count) => {
      items = count;
    },
    get items() {
      return items;
    },
    reason() {
      if (items !== undefined && items > 0) return undefined;
      if (absent !== undefined) return `no such ${absent}`;
      if (pods === undefined) return undefined;
      if (pods === 0) return 'no pod matches';
      const reasons = [...omitted].map(([reason, count]) => `${count} ${reason}`).join(', ');
      return `no value of ${pods} ${pods === 1 ? 'pod' : 'pods'}${reasons === '' ? '' : `: ${reasons}`}`;
    },
  };
}
