/**
 * Minimum time in ms between two batches: of messages that are processed together, and of records that are written
 * together. One after the other, so a value is stored at most about this long after its flush has arrived, a tenth of the
 * second between two flushes of an Envoy that flushes often. docs/benchmarks.md has what shorter times cost.
 */
export const PACE_MS = 100;
