import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_STATS, STAT } from '../stats.ts';
import { contradictsCounters } from './counter-mode.ts';
import { emptySlot, type Slot } from './slot.ts';

/** A minute of slots of a second. */
function slotsOf(fields: (second: number) => Partial<Slot>): Slot[] {
  return Array.from({ length: 60 }, (_, i) => ({ ...emptySlot(), length: 1_000, ...fields(59 - i) }));
}

/** @param completed the counter at the last flush */
function recordOf(slots: readonly Slot[], completed: number, uptime = 300) {
  const unused = { active: 0, upgrades: 0, started: completed, errors: 0, reset: 0 };
  const estimator = { flushes: 0, work: 0, work2: 0, excess: 0, gap: 0, cuts: [] };
  const scopes = [{ name: 'inbound_0.0.0.0_8080;', completed, ...unused, estimator }];
  return { slots, checkpoint: { timestamp: 0, flushLength: 1_000, uptime, scopes } };
}

const TEN_A_SECOND = slotsOf(() => ({ completed: 10, timed: 10 }));

test('increments that were read as totals are fewer than the requests of the histograms', () => {
  // Of 9, 10, 11, 9, ... only the rises and what follows a fall count.
  const slots = slotsOf((second) => ({ completed: [9, 1, 1][second % 3] ?? 0, timed: 9 + (second % 3) }));
  assert.equal(contradictsCounters(recordOf(slots, 11), false, ALL_STATS), true);
  assert.equal(contradictsCounters(recordOf(TEN_A_SECOND, 600), false, ALL_STATS), false, 'totals');
});

test('the counters of a proxy that has just restarted may be fewer than the requests before', () => {
  assert.equal(contradictsCounters(recordOf(TEN_A_SECOND, 50, 5), false, ALL_STATS), false);
  assert.equal(contradictsCounters(recordOf(TEN_A_SECOND, 50, 0), false, ALL_STATS), false, 'no uptime');
});

test('totals that were read as increments are more than the requests of the histograms', () => {
  const slots = slotsOf((second) => ({ completed: 1_000 + 10 * second, timed: 10 }));
  assert.equal(contradictsCounters(recordOf(slots, 1_590), true, ALL_STATS), true);
  assert.equal(contradictsCounters(recordOf(TEN_A_SECOND, 10), true, ALL_STATS), false, 'increments');
});

test('requests that were answered and have no duration yet, or were aborted, do not look like totals', () => {
  const streams = slotsOf((second) => ({ completed: 10, reset: 5, active: 5 * (second + 1) }));
  assert.equal(contradictsCounters(recordOf(streams, 10), true, ALL_STATS), false);
  const hidden = ALL_STATS & ~STAT.reset;
  assert.equal(
    contradictsCounters(
      recordOf(
        slotsOf(() => ({ completed: 10 })),
        10,
      ),
      true,
      hidden,
    ),
    false,
  );
});

test('nothing is shown by few requests or by stats that are hidden', () => {
  const few = slotsOf((second) => ({ timed: second % 3 === 0 ? 1 : 0 }));
  assert.equal(contradictsCounters(recordOf(few, 0), false, ALL_STATS), false);
  const timed = slotsOf(() => ({ timed: 10 }));
  assert.equal(contradictsCounters(recordOf(timed, 0), false, ALL_STATS & ~STAT.completed), false);
});
