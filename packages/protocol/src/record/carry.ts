import type { ByteWriter, RecordReader } from './bytes.ts';

/** What the next flush is compared with, so that another ingest process goes on without a gap. */
export interface Carry {
  /** Envoy's snapshot time of the last flush, in ms since the epoch by its own clock. */
  readonly timestamp: number;
  /** Length of the last whole flush in ms; 0 unknown. */
  readonly flushLength: number;
  /** Seconds since Envoy's start at the last flush; 0 unknown. */
  readonly uptime: number;
  readonly scopes: readonly ScopeCarry[];
}

/** One HTTP scope: its gauges and cumulative counters at the last flush, and the estimator's state. */
export interface ScopeCarry {
  readonly name: string;
  readonly active: number;
  readonly upgrades: number;
  readonly started: number;
  readonly completed: number;
  readonly errors: number;
  readonly reset: number;
  readonly estimator: EstimatorState;
}

/** See docs/signals.md. Requests in flight, but for `work2`, in request seconds. */
export interface EstimatorState {
  /** Flushes seen. */
  readonly flushes: number;
  /** Moving means of T/dt and T2/dt. */
  readonly work: number;
  readonly work2: number;
  /** Moving mean of what the durations of completed requests exceed their flush by, over dt. */
  readonly excess: number;
  /** Moving mean of the trapezoid less Little's law. */
  readonly gap: number;
  /** Gauges at the last cuts, without upgrades; at most four. */
  readonly cuts: readonly number[];
}

/** No pod of ours has more; what is beyond is not carried, and begins anew after a change of streams. */
export const MOST_SCOPES = 32;

/** Those of a pod of ours take a tenth; what made up names take beyond it is not carried. */
const MAX_SCOPES_BYTES = 9 * 1024;
/** Stands for a scope that did not fit: no scope of Envoy's is without a name. */
const NAMELESS: ScopeCarry = {
  name: '',
  active: 0,
  upgrades: 0,
  started: 0,
  completed: 0,
  errors: 0,
  reset: 0,
  estimator: { flushes: 0, work: 0, work2: 0, excess: 0, gap: 0, cuts: [] },
};

/** Doubled, as their varint has them, whole numbers below this are exact. */
const LARGEST = 2 ** 52;

/**
 * Moving means as floats; gauges and counters, which are doubles on Envoy's wire, as the varint of their double where
 * they are whole, else as 1 and a float64; the rest as varints.
 */
export function writeCarry(writer: ByteWriter, carry: Carry): void {
  writer.float64(carry.timestamp);
  writer.varint(Math.min(Math.round(carry.flushLength), LARGEST));
  writer.varint(Math.min(Math.round(carry.uptime), LARGEST));
  const countAt = writer.length;
  writer.byte(0);
  let count = 0;
  for (const scope of carry.scopes) {
    if (count === MOST_SCOPES || !writeIfFits(writer, scope, countAt + MAX_SCOPES_BYTES)) break;
    count++;
  }
  // Who reads MOST_SCOPES knows that there may be more.
  if (count < carry.scopes.length) for (; count < MOST_SCOPES; count++) writeScope(writer, NAMELESS);
  writer.setByte(countAt, count);
}

function writeIfFits(writer: ByteWriter, scope: ScopeCarry, end: number): boolean {
  const { length } = writer;
  if (length + scope.name.length > end) return false;
  writeScope(writer, scope);
  if (writer.length <= end) return true;
  writer.truncate(length);
  return false;
}

function writeScope(writer: ByteWriter, scope: ScopeCarry): void {
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
  if (Number.isInteger(value) && value >= 0 && value < LARGEST) writer.varint(2 * value);
  else {
    writer.varint(1);
    writer.float64(value);
  }
}

export function decodeCarry(reader: RecordReader): Carry {
  const timestamp = reader.float64();
  const flushLength = reader.varint();
  const uptime = reader.varint();
  const scopes: ScopeCarry[] = [];
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
  return { timestamp, flushLength, uptime, scopes };
}
