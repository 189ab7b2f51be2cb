import type { BucketRows } from './bucket-rows.ts';

/** The rows of all pods: those of a workload have equal ones, which are kept once, not 0.9 KB for each stream. */
export interface SharedRows {
  /** Equal rows, of an earlier call if possible. */
  equalTo(rows: BucketRows): BucketRows;
}

/** Beyond this number all are forgotten: pods keep what they have. */
const MAX_ROWS = 256;

export function createSharedRows(): SharedRows {
  const known = new Map<string, BucketRows>();
  return {
    equalTo(rows) {
      // Begun in place of others, at a time of this pod's own.
      if (rows.since !== Number.NEGATIVE_INFINITY) return rows;
      const key = JSON.stringify(rows.rows);
      const equal = known.get(key);
      if (equal !== undefined) return equal;
      if (known.size === MAX_ROWS) known.clear();
      known.set(key, rows);
      return rows;
    },
  };
}
