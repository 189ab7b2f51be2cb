import type { Doubt, Omission } from '@activescale/metrics';

/** Collects the outcome of a query of metrics for the log. No answer depends on it. */
export interface QueryTrace {
  /** The requested metric, object or port does not exist. */
  absent(what: 'metric' | 'object' | 'port'): void;
  /** The number of matching pods, or of sources that report the destination. */
  found(count: number, what?: 'pod' | 'source'): void;
  /** One of them has no value. */
  omitted(reason: Omission): void;
  /** The value may be 0, which is not proven. */
  doubted(zero: { readonly doubt: Doubt; readonly sources: readonly string[] }): void;
  answered(items: number): void;
  /** Whether the requested metric, object or port does not exist. */
  isAbsent(): boolean;
  /** Items in the answer; undefined: there was none. */
  readonly items: number | undefined;
  /** Why there is no value; undefined: there is one, or it was not a query that got so far. */
  reason(): string | undefined;
}

export function createQueryTrace(): QueryTrace {
  const omitted = new Map<Omission, number>();
  let absent: string | undefined;
  let found: { readonly count: number; readonly what: string } | undefined;
  let items: number | undefined;
  let doubt: string | undefined;
  return {
    absent: (what) => {
      absent = what;
    },
    found: (count, what = 'pod') => {
      found = { count: (found?.count ?? 0) + count, what };
    },
    omitted: (reason) => omitted.set(reason, (omitted.get(reason) ?? 0) + 1),
    doubted: (zero) => {
      doubt = doubtText(zero) ?? doubt;
    },
    answered: (count) => {
      items = count;
    },
    isAbsent: () => absent !== undefined,
    get items() {
      return items;
    },
    reason() {
      if (items !== undefined && items > 0) return undefined;
      if (absent !== undefined) return `no such ${absent}`;
      if (doubt !== undefined) return doubt;
      if (found === undefined) return undefined;
      const { count, what } = found;
      if (count === 0) return what === 'pod' ? 'no pod matches' : 'no live source reports it';
      const reasons = [...omitted].map(([reason, times]) => `${times} ${reason}`).join(', ');
      return `no value of ${count} ${what}${count === 1 ? '' : 's'}${reasons === '' ? '' : `: ${reasons}`}`;
    },
  };
}

/** undefined: what was found is more informative. */
function doubtText({ doubt, sources }: Parameters<QueryTrace['doubted']>[0]): string | undefined {
  switch (doubt) {
    case 'lost_records':
      return 'Valkey has kept all records for less than METRIC_TTL, so nothing proves that the value is complete';
    case 'stale_source':
      return `nothing proves 0: ${sources.join(', ')} exists and is stale`;
    case 'no_proof':
      return undefined;
  }
}
