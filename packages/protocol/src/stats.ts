/** A set of stats: bits of `STAT`. */
export type StatSet = number;

/** The stats that metrics are computed from, one bit each. Their order is part of the record format. */
export const STAT = {
  active: 1 << 0,
  upstreamActive: 1 << 1,
  pending: 1 << 2,
  started: 1 << 3,
  completed: 1 << 4,
  errors: 1 << 5,
  reset: 1 << 6,
  durations: 1 << 7,
} as const satisfies Readonly<Record<string, StatSet>>;

export type StatName = keyof typeof STAT;

export const ALL_STATS: StatSet = Object.values(STAT).reduce((all, bit) => all | bit, 0);

/**
 * A scope's first request uses both (ConnectionManagerImpl::ActiveStream in Envoy's
 * source/common/http/conn_manager_impl.cc): where one is missing of a scope that arrives, the filter hides it.
 */
export const USED_TOGETHER: StatSet = STAT.active | STAT.started;
