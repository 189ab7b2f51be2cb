/**
 * Minimum time in ms between two batches: of messages that are processed together, and of records that are written
 * together. One follows the other, so a value is stored at most about this long after its flush has arrived: short beside the
 * second between two flushes. docs/benchmarks.md has what other times cost.
 */
export const PACE_MS = 50;
