import { STAT, type StatSet } from '../stats.ts';
import { MAX_SCOPES } from './checkpoint.ts';
import type { PodRecord } from './pod-record.ts';
import type { Slot } from './slot.ts';

/** By which factor, and by how many requests in addition, counters must differ from histograms. */
const FACTOR = 2;
const MARGIN = 20;

/**
 * Whether the counters of a pod show that its sink sends totals where increments were expected, or the other way round: a wrong
 * `COUNTER_MODE`. Histograms, which are of one flush in both modes, show how many requests have ended. Nothing is shown by few
 * requests, or if a stat of them is hidden. `/reset_counters` looks like increments for the two minutes of the slots.
 * @param areDeltas increments were expected
 * @param known the stats of the record's last flush that arrived or are 0
 */
export function contradictsCounters(
  { slots, checkpoint }: Pick<PodRecord, 'slots' | 'checkpoint'>,
  areDeltas: boolean,
  known: StatSet,
): boolean {
  const needed = STAT.completed | STAT.durations | (areDeltas ? STAT.reset | STAT.active : 0);
  if ((needed & ~known) !== 0) return false;
  const sum = (pick: (slot: Slot) => number) => slots.reduce((total, slot) => total + pick(slot), 0);
  const timed = sum((slot) => slot.timed);
  if (areDeltas) {
    // A request that was answered has ended, with a duration or aborted, or is in flight.
    const answered = timed + sum((slot) => slot.reset) + (slots[0]?.active ?? 0);
    return sum((slot) => slot.completed) > FACTOR * answered + MARGIN;
  }
  // A total has at least the requests of all slots, if the process has lived for all of them and no scope is missing.
  const { scopes, uptime } = checkpoint;
  const isOneProcess = 1_000 * uptime > sum((slot) => slot.length);
  const total = scopes.reduce((all, { completed }) => all + completed, 0);
  return isOneProcess && scopes.length < MAX_SCOPES && timed > FACTOR * total + MARGIN;
}
