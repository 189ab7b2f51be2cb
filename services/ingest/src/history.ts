import {
  type ByteWriter,
  type Carry,
  encodeBounds,
  MOST_BOUNDS,
  MOST_SCOPES,
  type PodRecord,
  type PodRecordParts,
  type ScopeCarry,
  type Slot,
  writePodRecord,
} from '@activescale/protocol/record';
import { boundsOf } from './durations.ts';
import { activeOf, type Flush } from './flush.ts';
import { type Interval, intervalBetween } from './interval.ts';
import { type CounterMode, type ScopeFacts, scopeFacts } from './scope-facts.ts';
import { addBuckets } from './slot-merge.ts';
import { createSlotRing } from './slot-ring.ts';

/** What a pod's stream remembers from flush to flush. */
export interface History {
  /** Takes a complete flush; the same one again when a part of it came late. */
  put(flush: Flush): void;
  /** Goes on from a record; `arrival` is that of its last flush in ms of our monotonic clock. */
  resume(record: PodRecord, arrival: number): void;
  /** Writes the pod's record, whose head has the arrival of the last flush. Returns the length of the head. */
  write(writer: ByteWriter, pod: Pick<PodRecordParts, 'head' | 'address' | 'description'>): number;
  /** Length of a usual flush in ms; 0 unknown. */
  readonly flushLength: number;
}

const NO_FACTS: ScopeFacts = {
  mean: 0,
  before: 0,
  started: 0,
  completed: 0,
  errors: 0,
  reset: 0,
  timed: 0,
  durations: 0,
  buckets: [],
};

export function createHistory(mode: CounterMode): History {
  const ring = createSlotRing();
  /** Before and after the last flush. */
  let before: Carry | undefined;
  let carry: Carry | undefined;
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
    for (const { durations } of flush.scopes.values()) {
      if (durations === undefined || durations.buckets.length === 0) continue;
      bounds = boundsOf(durations).slice(0, MOST_BOUNDS);
      encodedBounds = encodeBounds(bounds);
      return;
    }
  };

  const advance = (flush: Flush): void => {
    learnBounds(flush);
    const known = before?.scopes ?? [];
    const interval = intervalBetween(
      before,
      flush,
      flush.arrival - beforeArrival,
      countersFell(known, flush, mode),
    );
    const scopes: ScopeCarry[] = [];
    let sum: ScopeFacts | undefined;
    for (const stats of flush.scopes.values()) {
      const previous = find(known, stats.name, scopes.length);
      const unknown = previous === undefined && truncated;
      const step = scopeFacts(previous, stats, unknown ? { kind: 'first', length: 0 } : interval, mode);
      scopes.push(step.carry);
      const ours = stats.durations !== undefined && sameBounds(stats.durations.buckets, bounds);
      const facts = ours ? step.facts : { ...step.facts, buckets: [] };
      sum = sum === undefined ? facts : addFacts(sum, facts);
    }
    truncated = false;
    // Envoy sends a counter again and again: a scope that is not there was in a part that did not come.
    for (const missing of interval.kind === 'restart' ? [] : known) {
      if (!flush.scopes.has(missing.name) && scopes.length < MOST_SCOPES) scopes.push(missing);
    }
    const slot = toSlot(flush, sum ?? NO_FACTS, interval);
    if (flush === last) ring.replaceNewest(slot);
    else ring.add(slot);
    carry = {
      timestamp: flush.timestamp,
      flushLength: usualLength(interval, before?.flushLength ?? 0),
      uptime: flush.uptime,
      scopes,
    };
  };

  return {
    get flushLength() {
      return carry?.flushLength ?? 0;
    },
    put(flush) {
      if (flush !== last) {
        before = carry;
        beforeArrival = arrival;
      }
      advance(flush);
      arrival = flush.arrival;
      last = flush;
    },
    resume(record, at) {
      const offset = at - (record.slots[0]?.end ?? at);
      ring.restore(record.slots.map((slot) => ({ ...slot, end: slot.end + offset })));
      carry = record.carry;
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

/** Envoy sends scopes in the same order nearly always. */
function find(scopes: readonly ScopeCarry[], name: string, likely: number): ScopeCarry | undefined {
  const guess = scopes[likely];
  return guess?.name === name ? guess : scopes.find((scope) => scope.name === name);
}

function countersFell(known: readonly ScopeCarry[], flush: Flush, mode: CounterMode): boolean {
  if (mode === 'delta') return false;
  let index = 0;
  for (const { name, started } of flush.scopes.values()) {
    const previous = find(known, name, index++);
    if (previous !== undefined && started !== undefined && started < previous.started) return true;
  }
  return false;
}

function sameBounds(buckets: readonly number[], bounds: readonly number[]): boolean {
  if (buckets.length !== 2 * bounds.length) return false;
  for (let i = 0; i < bounds.length; i++) if (buckets[2 * i] !== bounds[i]) return false;
  return true;
}

function addFacts(a: ScopeFacts, b: ScopeFacts): ScopeFacts {
  return {
    mean: a.mean + b.mean,
    before: a.before + b.before,
    started: a.started + b.started,
    completed: a.completed + b.completed,
    errors: a.errors + b.errors,
    reset: a.reset + b.reset,
    timed: a.timed + b.timed,
    durations: a.durations + b.durations,
    buckets: addBuckets(a.buckets, b.buckets),
  };
}

function toSlot(flush: Flush, facts: ScopeFacts, interval: Interval): Slot {
  const active = activeOf(flush) ?? 0;
  return {
    end: flush.arrival,
    length: interval.length,
    active,
    upstreamActive: flush.upstreamActive,
    pending: flush.pending,
    mean: facts.mean,
    // Each of the three was reached: the true peak is not below the largest.
    largest: Math.max(active, facts.before, Math.ceil(facts.mean)),
    upstreamLargest: flush.upstreamActive,
    started: facts.started,
    completed: facts.completed,
    errors: facts.errors,
    reset: facts.reset,
    timed: facts.timed,
    durations: facts.durations,
    buckets: facts.buckets,
  };
}
