import {
  type ByteWriter,
  emptySlot,
  MOST_SCOPES,
  type PodRecord,
  type PodRecordParts,
  type Slot,
  writePodRecord,
} from '@activescale/protocol/record';
import type { Durations, Flush } from '../flush/flush.ts';
import type { CounterMode, FlushFacts } from '../flush/flush-facts.ts';
import { type BucketCounts, createBucketRows } from './bucket-rows.ts';
import { CarryMemory, copyScope } from './carry-memory.ts';
import { type Counters, creditAfter, FIRST_CREDIT, type Interval, intervalBetween } from './interval.ts';
import { knownSlots, type LastUnknown, lastUnknownAfter, lastUnknownOf } from './knowledge.ts';
import { addScope } from './scope-facts.ts';
import { addBuckets, copySlot } from './slot-merge.ts';
import { createSlotRing, KEPT_MS } from './slot-ring.ts';

/** What a pod's stream remembers from flush to flush. */
export interface History {
  /** Takes a complete flush; the same one again when a part of it came late. */
  put(flush: Flush, facts: FlushFacts): void;
  /** Goes on from a record; `arrival` is that of its last flush in ms of our monotonic clock. */
  resume(record: PodRecord, arrival: number): void;
  /** Writes the pod's record, whose head has the arrival of the last flush. */
  write(writer: ByteWriter, pod: Pick<PodRecordParts, 'head' | 'description'>): void;
  /**
   * Length of a usual flush in ms; 0 unknown. No getter: a getter in an object literal gives each object a shape (V8's
   * map) of its own, and with a thousand shapes every use of any of them is a look through a table.
   */
  flushLength(): number;
}

const NOTHING: Slot = emptySlot();
const FIRST: Interval = { kind: 'first', length: 0 };

/** The slot that is being put together, of one pod after another: the ring keeps a copy. */
const slot = emptySlot();

/** @param flushInterval what the node says its flush length is, in ms; 0 unknown */
export function createHistory(mode: CounterMode, flushInterval = 0): History {
  const ring = createSlotRing();
  /** Before and after the last flush. */
  let before: CarryMemory | undefined;
  let carry: CarryMemory | undefined;
  /** Arrival of the flush that `before` speaks of, and of the last one; ms of our clock. */
  let beforeArrival = 0;
  let arrival = 0;
  /** See `creditAfter`; for the last interval, and for the next. */
  let creditBefore = FIRST_CREDIT;
  let credit = FIRST_CREDIT;
  /** Before and after the last flush. */
  let unknownBefore: LastUnknown;
  let unknown: LastUnknown;
  let last: Flush | undefined;
  let rows = createBucketRows();
  /** When buckets were last dropped for want of room, in ms of our clock. */
  let renewedAt = Number.NEGATIVE_INFINITY;
  /** A record carries so many scopes at most: of one that is not in it nothing is known. */
  let truncated = false;

  /** Of a histogram whose bounds have no room beside those before, after what a restart changed: forget those. */
  const countBuckets = (durations: Durations, at: number): BucketCounts => {
    const counts = rows.count(durations);
    if (counts !== undefined || durations.buckets.length === 0) return counts ?? [];
    if (at - renewedAt < KEPT_MS) return [];
    renewedAt = at;
    rows = createBucketRows();
    ring.forgetBuckets();
    slot.buckets.length = 0;
    return rows.count(durations) ?? [];
  };

  /** Compares the flush with `before`, and fills `into` in with what the next one is compared with. */
  const advance = (flush: Flush, facts: FlushFacts, into: CarryMemory): Slot => {
    const gap = flush.arrival - beforeArrival;
    const counters = countersSince(before, flush, mode);
    const measured = intervalBetween(before, flush, gap, counters, creditBefore);
    // What deltas count since the last flush that was lost is known, but not since when.
    const interval = mode === 'delta' && measured.kind === 'lost' ? FIRST : measured;
    credit = creditAfter(creditBefore, gap, measured);
    copySlot(NOTHING, slot);
    let inFlightBefore = 0;
    let count = 0;
    for (const stats of flush.scopes.all) {
      const previous = before?.find(stats.name, count);
      const since = previous === undefined && truncated ? FIRST : interval;
      inFlightBefore += addScope(slot, stats, previous, since, mode, into.scopeAt(count++));
      const { durations } = stats;
      if (durations !== undefined && durations.count > 0 && since.kind !== 'first')
        addBuckets(slot.buckets, countBuckets(durations, flush.arrival));
    }
    truncated = false;
    // Envoy sends a counter again and again: a scope that is not there was in a part that did not come.
    for (const missing of interval.kind === 'restart' ? [] : (before?.scopes ?? [])) {
      if (count >= MOST_SCOPES) break;
      if (flush.scopes.find(missing.name, 0) === undefined) copyScope(missing, into.scopeAt(count++));
    }
    into.endScopes(count);
    into.timestamp = flush.timestamp;
    into.flushLength = usualLength(interval, before?.flushLength ?? 0);
    into.uptime = flush.uptime;
    const { active, upstreamActive, pending } = facts;
    slot.end = flush.arrival;
    slot.length = interval.length;
    slot.active = active;
    slot.upstreamActive = upstreamActive;
    slot.upstreamLargest = upstreamActive;
    slot.pending = pending;
    // The true peak is not below a gauge, nor below a mean. This one is an estimate, and rounded up might exceed the peak.
    slot.largest = Math.max(active, inFlightBefore, Math.round(slot.mean));
    return slot;
  };

  return {
    flushLength() {
      return carry?.flushLength || flushInterval;
    },
    put(flush, facts) {
      if (flush === last && carry !== undefined) ring.replaceNewest(advance(flush, facts, carry));
      else {
        const spare = before ?? new CarryMemory();
        before = carry;
        beforeArrival = arrival;
        creditBefore = credit;
        unknownBefore = unknown;
        carry = spare;
        ring.add(advance(flush, facts, carry));
      }
      unknown = lastUnknownAfter(unknownBefore, facts.unknown, flush.arrival);
      arrival = flush.arrival;
      last = flush;
    },
    resume(record, at) {
      const offset = at - (record.slots[0]?.end ?? at);
      const slots = record.slots.map((slot) => ({ ...slot, end: slot.end + offset }));
      ring.restore(slots);
      unknown = lastUnknownOf(record.knownSlots, slots);
      carry = new CarryMemory();
      carry.copyFrom(record.carry);
      arrival = at;
      truncated = record.carry.scopes.length === MOST_SCOPES;
      rows = createBucketRows(record.bounds);
    },
    write(writer, { head, description }) {
      if (carry === undefined) throw new TypeError('a record needs a flush first');
      writePodRecord(writer, {
        head,
        description,
        bounds: rows.encoded,
        carry,
        knownSlots: knownSlots(unknown, ring.countAfter),
        slots: ring.write,
      });
    },
  };
}

/** Envoy refuses a longer stats_flush_interval (envoy/config/bootstrap/v3/bootstrap.proto), in ms. */
const LONGEST = 300_000;

/** What the next interval is measured against; it follows a sink that was set to another pace within a few flushes. */
function usualLength({ kind, length }: Interval, usual: number): number {
  if (kind === 'lost') return Math.min(length, 2 * usual, LONGEST);
  if (kind === 'short') return Math.max(length, usual / 2);
  return kind === 'regular' ? Math.min(length, LONGEST) : 0;
}

/** What became of the scopes' running totals: after a restart of Envoy all begin at zero. */
function countersSince(before: CarryMemory | undefined, flush: Flush, mode: CounterMode): Counters {
  if (mode === 'delta' || before === undefined) return 'unseen';
  let fell = 0;
  let compared = 0;
  let index = 0;
  for (const { name, started, completed } of flush.scopes.all) {
    const previous = before.find(name, index++);
    if (previous === undefined || (started === undefined && completed === undefined)) continue;
    compared++;
    const startedFell = started !== undefined && started < previous.started;
    const completedFell = completed !== undefined && completed < previous.completed;
    if (startedFell || completedFell) fell++;
  }
  if (compared === 0) return 'unseen';
  return fell === 0 ? 'rose' : fell === compared ? 'all fell' : 'some fell';
}
