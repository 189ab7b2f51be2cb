import type { ByteWriter, RecordReader } from './bytes.ts';

/**
 * The checkpoint: the state for the comparison with the next flush, so that another ingest process continues
 * without a gap.
 */
export interface Checkpoint {
  /** Envoy's snapshot time of the last flush, in ms since the epoch by Envoy's clock. */
  readonly timestamp: number;
  /** Length of the last complete flush in ms; 0 unknown. */
  readonly flushLength: number;
  /** Uptime of Envoy in seconds at the last flush; 0 unknown. */
  readonly uptime: number;
  readonly scopes: readonly ScopeCheckpoint[];
  /** Of the last flush; only in the record of a pod. */
  readonly form?: FlushForm | undefined;
}

/** What distinguishes a whole flush from the rest of one. */
export interface FlushForm {
  readonly families: number;
  /** The hash of its first family. */
  readonly first: number;
}

/** One HTTP scope: its gauges and cumulative counters at the last flush, and the estimator's state. */
export interface ScopeCheckpoint {
  readonly name: string;
  readonly active: number;
  readonly upgrades: number;
  readonly started: number;
  readonly completed: number;
  readonly errors: number;
  readonly reset: number;
  readonly estimator: EstimatorState;
}

/** See docs/signals.md. In requests in flight, except `work2`, in request seconds. */
export interface EstimatorState {
  /** Number of flushes. */
  readonly flushes: number;
  /** Moving averages of T/dt and T2/dt. */
  readonly work: number;
  readonly work2: number;
  /** Moving average of the time by which the durations of completed requests exceed their flush, over dt. */
  readonly excess: number;
  /** Moving average of the trapezoid minus Little's law. */
  readonly gap: number;
  /** Gauges at the last flushes, without upgrades; at most four. */
  readonly cuts: readonly number[];
}

/** No real pod has more; further scopes are not saved and restart after a change of streams. */
export const MAX_SCOPES = 32;

/** Names of a real pod take a tenth of this; scopes with further invented names are not saved. */
const MAX_SCOPES_BYTES = 9 * 1024;
/** Represents a scope that did not fit: no scope of Envoy has an empty name. */
const NAMELESS: ScopeCheckpoint = {
  name: '',
  active: 0,
  upgrades: 0,
  started: 0,
  completed: 0,
  errors: 0,
  reset: 0,
  estimator: { flushes: 0, work: 0, work2: 0, excess: 0, gap: 0, cuts: [] },
};

/** Whole numbers below this are exact when doubled, as in their varint. */
const MAX_WHOLE = 2 ** 52;

/**
 * Moving averages as floats; gauges and counters, which Envoy sends as doubles, as the varint of twice the
 * value if it is whole, otherwise as 1 and a float64; the rest as varints. The form comes last, because older readers stop before it.
 */
export function writeCheckpoint(writer: ByteWriter, checkpoint: Checkpoint): void {
  writer.float64(checkpoint.timestamp);
  writer.varint(Math.min(Math.round(checkpoint.flushLength), MAX_WHOLE));
  writer.varint(Math.min(Math.round(checkpoint.uptime), MAX_WHOLE));
  const countAt = writer.length;
  writer.byte(0);
  let count = 0;
  for (const scope of checkpoint.scopes) {
    if (count === MAX_SCOPES || !writeIfFits(writer, scope, countAt + MAX_SCOPES_BYTES)) break;
    count++;
  }
  // MAX_SCOPES tells the reader that there may be more.
  if (count < checkpoint.scopes.length) for (; count < MAX_SCOPES; count++) writeScope(writer, NAMELESS);
  writer.setByte(countAt, count);
  if (checkpoint.form === undefined) return;
  writer.varint(checkpoint.form.families);
  writer.varint(checkpoint.form.first);
}

function writeIfFits(writer: ByteWriter, scope: ScopeCheckpoint, end: number): boolean {
  const { length } = writer;
  if (length + scope.name.length > end) return false;
  writeScope(writer, scope);
  if (writer.length <= end) return true;
  writer.truncate(length);
  return false;
}

function writeScope(writer: ByteWriter, scope: ScopeCheckpoint): void {
  writer.text(scope.name);
  writeAmount(writer, scope.active);
  writeAmount(writer, scope.upgrades);
  writeAmount(writer, scope.started);
  writeAmount(writer, scope.completed);
  writeAmount(writer, scope.errors);
  writeAmount(writer, scope.reset);
  const { flushes, work, work2, excess, gap, cuts } = scope.estimator;
  writer.varint(Math.min(flushes, 1_000_000));
  writer.float32(work);
  writer.float32(work2);
  writer.float32(excess);
  writer.float32(gap);
  writer.varint(cuts.length);
  for (const cut of cuts) writer.float32(cut);
}

function writeAmount(writer: ByteWriter, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value < MAX_WHOLE) writer.varint(2 * value);
  else {
    writer.varint(1);
    writer.float64(value);
  }
}

/** @param reader of bytes that end with the checkpoint */
export function decodeCheckpoint(reader: RecordReader): Checkpoint {
  const timestamp = reader.float64();
  const flushLength = reader.varint();
  const uptime = reader.varint();
  const scopes: ScopeCheckpoint[] = [];
  for (let left = reader.count(); left > 0; left--) {
    const name = reader.text();
    const value = () => {
      const coded = reader.varint();
      return coded % 2 === 0 ? coded / 2 : reader.float64();
    };
    scopes.push({
      name,
      active: value(),
      upgrades: value(),
      started: value(),
      completed: value(),
      errors: value(),
      reset: value(),
      estimator: {
        flushes: reader.varint(),
        work: reader.float32(),
        work2: reader.float32(),
        excess: reader.float32(),
        gap: reader.float32(),
        cuts: Array.from({ length: reader.count() }, () => reader.float32()),
      },
    });
  }
  const form = reader.atEnd ? undefined : { families: reader.varint(), first: reader.varint() };
  return { timestamp, flushLength, uptime, scopes, ...(form === undefined ? {} : { form }) };
}
