import {
  type ByteWriter,
  emptySlot,
  encodeBounds,
  MOST_BOUNDS,
  MOST_SCOPES,
  type PodRecord,
  type PodRecordParts,
  type Slot,
  writePodRecord,
} from '@activescale/protocol/record';
import { CarryMemory, copyScope } from './carry-memory.ts';
import { boundsOf, countsPerBucket } from './durations.ts';
import { activeOf, type Flush } from './flush.ts';
import { type Interval, intervalBetween } from './interval.ts';
import { addScope, type CounterMode } from './scope-facts.ts';
import { addBuckets, copySlot } from './slot-merge.ts';
import { createSlotRing } from './slot-ring.ts';

/** What a pod's stream remembers from flush to flush. */
export interface History {
  /** Takes a complete flush; the same one again when a part of it came late. */
  put(flush: Flush): void;
  /** Goes on from a record; `arrival` is that of its last flush in ms of our monotonic clock. */
  resume(record: PodRecord, arrival: number): void;
  /** Writes the pod's record, whose head has the arrival of the last flush. Returns the length of the head. */
  write(writer: ByteWriter, pod: Pick<PodRecordParts, 'head' | 'address' | 'description'>): number;
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

export function createHistory(mode: CounterMode): History {
  const ring = createSlotRing();
  /** Before and after the last flush. */
  let before: CarryMemory | undefined;
  let carry: CarryMemory | undefined;
  /** Arrival of the flush that `before` speaks of, and of the last one; ms of our clock. */
  let beforeArrival = 0;
  let arrival = 0;
  let last: Flush | undefined;
  let bounds: readonly number[] = [];
  let encodedBounds = encodeBounds(bounds);
  /** A record carries so many scopes at most: of one that is not in it nothing is known. */
  let truncated = false;

  const learnBounds = (flush: Flush) => {
    if (bounds.length > 0) return;
    for (const { durations } of flush.scopes.all) {
      if (durations === undefined || durations.buckets.length === 0) continue;
      bounds = boundsOf(durations).slice(0, MOST_BOUNDS);
      encodedBounds = encodeBounds(bounds);
      return;
    }
  };

  /** Compares the flush with `before`, and fills `into` in with what the next one is compared with. */
  const advance = (flush: Flush, into: CarryMemory): Slot => {
    learnBounds(flush);
    const gap = flush.arrival - beforeArrival;
    const interval = intervalBetween(before, flush, gap, countersFell(before, flush, mode));
    copySlot(NOTHING, slot);
    let inFlightBefore = 0;
    let count = 0;
    for (const stats of flush.scopes.all) {
      const previous = before?.find(stats.name, count);
      const since = previous === undefined && truncated ? FIRST : interval;
      inFlightBefore += addScope(slot, stats, previous, since, mode, into.scopeAt(count++));
      const { durations } = stats;
      if (durations !== undefined && durations.count > 0 && sameBounds(durations.buckets, bounds))
        addBuckets(slot.buckets, countsPerBucket(durations));
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
    const active = activeOf(flush) ?? 0;
    slot.end = flush.arrival;
    slot.length = interval.length;
    slot.active = active;
    slot.upstreamActive = flush.upstreamActive;
    slot.upstreamLargest = flush.upstreamActive;
    slot.pending = flush.pending;
    // Each of the three was reached: the true peak is not below the largest.
    slot.largest = Math.max(active, inFlightBefore, Math.ceil(slot.mean));
    return slot;
  };

  return {
    flushLength() {
      return carry?.flushLength ?? 0;
    },
    put(flush) {
      if (flush === last && carry !== undefined) ring.replaceNewest(advance(flush, carry));
      else {
        const spare = before ?? new CarryMemory();
        before = carry;
        beforeArrival = arrival;
        carry = spare;
        ring.add(advance(flush, carry));
      }
      arrival = flush.arrival;
      last = flush;
    },
    resume(record, at) {
      const offset = at - (record.slots[0]?.end ?? at);
      ring.restore(record.slots.map((slot) => ({ ...slot, end: slot.end + offset })));
      carry = new CarryMemory();
      carry.copyFrom(record.carry);
      arrival = at;
      truncated = record.carry.scopes.length === MOST_SCOPES;
      bounds = record.bounds;
      encodedBounds = encodeBounds(bounds);
    },
    write(writer, { head, address, description }) {
      if (carry === undefined) throw new TypeError('a record needs a flush first');
      return writePodRecord(writer, {
        head,
        address,
        description,
        bounds: encodedBounds,
        carry,
        slots: ring.write,
      });
    },
  };
}

/** What the next interval is measured against; it follows a sink that was set to another pace within a few flushes. */
function usualLength({ kind, length }: Interval, usual: number): number {
  if (kind === 'lost') return Math.min(length, 2 * usual);
  if (kind === 'short') return Math.max(length, usual / 2);
  return kind === 'regular' ? length : 0;
}

function countersFell(before: CarryMemory | undefined, flush: Flush, mode: CounterMode): boolean {
  if (mode === 'delta' || before === undefined) return false;
  let index = 0;
  for (const { name, started } of flush.scopes.all) {
    const previous = before.find(name, index++);
    if (previous !== undefined && started !== undefined && started < previous.started) return true;
  }
  return false;
}

function sameBounds(buckets: readonly number[], bounds: readonly number[]): boolean {
  if (buckets.length !== 2 * bounds.length) return false;
  for (let i = 0; i < bounds.length; i++) if (buckets[2 * i] !== bounds[i]) return false;
  return true;
}
