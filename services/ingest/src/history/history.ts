import {
  type ByteWriter,
  type Checkpoint,
  emptySlot,
  type FlushForm,
  MAX_SCOPES,
  type PodRecord,
  type PodRecordParts,
  type ScopeCheckpoint,
  type Slot,
  type StatSet,
  writePodRecord,
} from '@activescale/protocol/record';
import type { Flush, ScopeStats } from '../flush/flush.ts';
import type { FlushFacts } from '../flush/flush-facts.ts';
import { ScopeList } from '../flush/scope-list.ts';
import { type BucketCounts, type BucketRows, bucketRows, countBuckets, NO_ROWS } from './bucket-rows.ts';
import {
  type Counters,
  creditAfter,
  FIRST_CREDIT,
  hasBegunSince,
  type Interval,
  intervalBetween,
} from './interval.ts';
import { knownSlots, type LastUnknown, lastUnknownAfter, lastUnknownOf } from './knowledge.ts';
import { type Counting, changeOf, type ScopeChange } from './scope-facts.ts';
import {
  addSlot,
  countSlotsAfter,
  NO_SLOT_HISTORY,
  quietSlots,
  restoredSlots,
  type SlotHistory,
  withoutBuckets,
  writeSlotHistory,
} from './slot-history.ts';

/** A pod's state between flushes: a value. */
export interface History {
  /** State for the comparison with the next flush; undefined before the first. */
  readonly checkpoint: Checkpoint | undefined;
  /** When the last flush arrived, in ms of our monotonic clock. */
  readonly arrival: number;
  /** See `creditAfter`. */
  readonly credit: number;
  readonly lastUnknown: LastUnknown;
  readonly rows: BucketRows;
  readonly slots: SlotHistory;
  /** Maximum number of scopes in a record: nothing is known of a scope that is not in it. */
  readonly isTruncated: boolean;
}

export const NO_HISTORY: History = {
  checkpoint: undefined,
  arrival: 0,
  credit: FIRST_CREDIT,
  lastUnknown: undefined,
  rows: NO_ROWS,
  slots: NO_SLOT_HISTORY,
  isTruncated: false,
};

const FIRST: Interval = { kind: 'first', length: 0 };

/** The part of a flush that is about one subject. */
export type SubjectFlush = Pick<Flush, 'timestamp' | 'arrival' | 'uptime' | 'scopes'> &
  // If the subject is the pod.
  Partial<Pick<Flush, 'families' | 'first'>>;

/** The history with one more flush. */
export function advance(
  before: History,
  flush: SubjectFlush,
  facts: FlushFacts,
  counting: Counting,
): History {
  const { checkpoint, isTruncated } = before;
  const { mode } = counting;
  const { arrival } = flush;
  const gap = arrival - before.arrival;
  const known = new ScopeList(checkpoint?.scopes);
  const isNew = checkpoint !== undefined && hasBegunSince(checkpoint, flush, gap);
  const counters = mode === 'delta' ? 'unseen' : isNew ? 'new' : countersSince(known, flush.scopes.all);
  const measured = intervalBetween(checkpoint, flush, gap, counters, before.credit);
  // The deltas since the last lost flush are known, but not their interval.
  const timed = mode === 'delta' && measured.kind === 'lost' ? FIRST : measured;
  // Deltas are not compared with those of the earlier process, but gauges are.
  const interval: Interval = isNew && timed.kind !== 'first' ? { ...timed, kind: 'restart' } : timed;
  const changes = flush.scopes.all.map((stats, i) => {
    const previous = known.find(stats.name, i);
    return changeOf(stats, previous, previous === undefined && isTruncated ? FIRST : interval, counting);
  });
  const { rows, counts } = countBuckets(before.rows, changes, arrival);
  const slots = rows.since === before.rows.since ? before.slots : withoutBuckets(before.slots);
  return {
    checkpoint: {
      timestamp: flush.timestamp,
      flushLength: usualLength(timed, checkpoint?.flushLength ?? 0),
      uptime: flush.uptime ?? 0,
      scopes: interval.kind === 'restart' ? checkpointsOf(changes) : withMissing(changes, known, flush),
      form: formOf(flush),
    },
    arrival,
    credit: creditAfter(before.credit, gap, measured),
    lastUnknown: lastUnknownAfter(before.lastUnknown, facts.unknown, arrival),
    rows,
    slots: addSlot(slots, slotOf(flush, facts, interval.length, changes, counts)),
    isTruncated: false,
  };
}

/**
 * The history, up to the flush before, of a subject without any stats so far: Envoy sends only stats in use, so its counters
 * are zero.
 * @param source the history of its stream's pod
 */
export function unusedSince({ checkpoint, arrival, credit }: History): History {
  if (checkpoint === undefined) return NO_HISTORY;
  return { ...NO_HISTORY, checkpoint: { ...checkpoint, scopes: [], form: undefined }, arrival, credit };
}

/** The history of a subject without any request, from the history of its stream's pod: one empty slot. */
export function emptyHistory(source: History): History {
  const { checkpoint, arrival } = source;
  const slot = { ...emptySlot(), end: arrival, length: checkpoint?.flushLength ?? 0 };
  return { ...unusedSince(source), slots: addSlot(NO_SLOT_HISTORY, slot) };
}

/**
 * Advances the history to this flush, over flushes without new requests or requests in flight.
 * @param quietSince the beginning of the slots, if none of them has an event; undefined: some have
 */
export function advanceQuietly(
  before: History,
  { timestamp, arrival, uptime = 0 }: Omit<SubjectFlush, 'scopes'>,
  unknown: StatSet,
  quietSince?: number,
): History {
  const { checkpoint } = before;
  if (checkpoint === undefined) return before;
  const lastUnknown = lastUnknownAfter(before.lastUnknown, unknown, arrival);
  // If a stat became known in between, the ends of slots show when.
  const isUniform = quietSince !== undefined && lastUnknown === undefined;
  return {
    ...before,
    checkpoint: { ...checkpoint, timestamp, uptime },
    arrival,
    lastUnknown,
    slots: isUniform
      ? quietSlots(quietSince, arrival)
      : addSlot(before.slots, { ...emptySlot(), end: arrival, length: arrival - before.arrival }),
  };
}

/** The history that a record holds; `arrival` is when its last flush arrived, in ms of our monotonic clock. */
export function historyOf(record: PodRecord, arrival: number): History {
  const offset = arrival - (record.slots[0]?.end ?? arrival);
  const slots = record.slots.map((slot) => ({ ...slot, end: slot.end + offset }));
  return {
    checkpoint: record.checkpoint,
    arrival,
    credit: FIRST_CREDIT,
    lastUnknown: lastUnknownOf(record.knownSlots, slots),
    rows: bucketRows(record.bounds),
    slots: restoredSlots(slots),
    isTruncated: record.checkpoint.scopes.length === MAX_SCOPES,
  };
}

/** Writes the pod's record, whose head has the arrival of the last flush. */
export function writeHistory(
  writer: ByteWriter,
  { checkpoint, rows, lastUnknown, slots }: History,
  { head, description }: Pick<PodRecordParts, 'head' | 'description'>,
): void {
  if (checkpoint === undefined) throw new TypeError('a record needs a flush first');
  writePodRecord(writer, {
    head,
    description,
    bounds: rows.encoded,
    checkpoint,
    knownSlots: knownSlots(lastUnknown, (time) => countSlotsAfter(slots, time)),
    slots: (to, room) => writeSlotHistory(to, slots, room),
  });
}

function slotOf(
  flush: SubjectFlush,
  { active, upstreamActive, pending }: FlushFacts,
  length: number,
  changes: readonly ScopeChange[],
  buckets: BucketCounts,
): Slot {
  let before = 0;
  let mean = 0;
  let started = 0;
  let completed = 0;
  let errors = 0;
  let reset = 0;
  let timed = 0;
  let durations = 0;
  for (const change of changes) {
    before += change.before;
    mean += change.mean;
    started += change.started;
    completed += change.completed;
    errors += change.errors;
    reset += change.reset;
    timed += change.durations?.count ?? 0;
    durations += change.durations?.sum ?? 0;
  }
  return {
    end: flush.arrival,
    length,
    active,
    upstreamActive,
    pending,
    mean,
    // The true peak is not below a gauge, nor below a mean. This one is an estimate, and rounded up might exceed the peak.
    largest: Math.max(active, before, Math.round(mean)),
    upstreamLargest: upstreamActive,
    started,
    completed,
    errors,
    reset,
    timed,
    durations,
    buckets,
  };
}

function formOf({ families, first = 0 }: SubjectFlush): FlushForm | undefined {
  return families === undefined || first === 0 ? undefined : { families, first };
}

function checkpointsOf(changes: readonly ScopeChange[]): ScopeCheckpoint[] {
  return changes.map(({ checkpoint }) => checkpoint);
}

/**
 * Envoy sends a counter again and again: a missing scope was in a part that did not arrive, or its proxy or listener has started
 * again, and nothing shows which. Its counters are kept for the first case; its requests in flight are not, for the second.
 */
function withMissing(
  changes: readonly ScopeChange[],
  known: ScopeList<ScopeCheckpoint>,
  { scopes }: SubjectFlush,
): ScopeCheckpoint[] {
  const missing = known.all.filter(({ name }, i) => scopes.find(name, i) === undefined);
  const checkpoints = checkpointsOf(changes);
  if (missing.length === 0) return checkpoints;
  const kept = missing.slice(0, Math.max(0, MAX_SCOPES - changes.length));
  return [...checkpoints, ...kept.map(withoutRequests)];
}

function withoutRequests(scope: ScopeCheckpoint): ScopeCheckpoint {
  return { ...scope, active: 0, upgrades: 0, estimator: { ...scope.estimator, gap: 0, cuts: [0] } };
}

/** Envoy refuses a longer stats_flush_interval (envoy/config/bootstrap/v3/bootstrap.proto), in ms. */
const MAX_FLUSH_MS = 300_000;

/** The expected length of the next interval; it follows a changed flush interval within a few flushes. */
function usualLength({ kind, length }: Interval, usual: number): number {
  if (kind === 'lost') return Math.min(length, 2 * usual, MAX_FLUSH_MS);
  if (kind === 'short') return Math.max(length, usual / 2);
  return kind === 'regular' ? Math.min(length, MAX_FLUSH_MS) : 0;
}

/** What happened to the scopes' running totals: after a restart of Envoy all begin at zero. */
function countersSince(before: ScopeList<ScopeCheckpoint>, scopes: readonly ScopeStats[]): Counters {
  let fell = 0;
  let compared = 0;
  for (let i = 0; i < scopes.length; i++) {
    const { name, started, completed } = scopes[i] as ScopeStats;
    const previous = before.find(name, i);
    if (previous === undefined || (started === undefined && completed === undefined)) continue;
    compared++;
    const startedFell = started !== undefined && started < previous.started;
    const completedFell = completed !== undefined && completed < previous.completed;
    if (startedFell || completedFell) fell++;
  }
  if (compared === 0) return 'unseen';
  return fell === 0 ? 'rose' : fell === compared ? 'all fell' : 'some fell';
}
