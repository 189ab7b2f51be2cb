import { PROXY_TYPES, type ProxyType } from '../proxy-type.ts';
import { ALL_STATS, STAT } from '../stats.ts';
import { encodeAddress, readAddress } from './address.ts';
import { ByteWriter } from './bytes.ts';
import { EVIDENCE_BYTES, type Evidence, readEvidence, SCHEMA_VERSION, writeEvidence } from './evidence.ts';
import { RecordError } from './record-error.ts';

/**
 * The first byte of both values of a pod: the oldest schema version whose readers understand them. A reader refuses a
 * higher one, so two releases can run side by side. Version 2 adds the evidence where readers of version 1 do not look.
 */
const READABLE_SINCE = 1;

/** How long a record outlives its freshness, in ms: for that time, sums over a workload hold a stale pod. */
export const HOLD_MS = 30_000;

/** The number of flushes for which a record is fresh. */
const FRESH_FLUSHES = 4;
/** Envoy's longest flush interval. A node may declare it before a second flush proves it, and be gone by then. */
const MAX_LIFE_MS = 300_000;

/**
 * How long a record counts after the arrival of its flush, in ms, if sums hold it for `hold` after it was fresh. The source
 * can extend METRIC_TTL to 5 minutes at most, with what sums hold.
 */
export function freshFor(flushLength: number, metricTtl: number, hold = 0): number {
  return Math.max(metricTtl + hold, Math.min(FRESH_FLUSHES * flushLength + hold, MAX_LIFE_MS));
}

/**
 * `live`: the flush had stats of the pod's requests. `idle`: the stream flushes, but Envoy has never used such
 * a stat (it sends only stats in use).
 */
export type PodState = 'live' | 'idle';

/** The data of a pod for last-value metrics: the value of its head key. */
export interface Head extends Evidence {
  /** Arrival of the last flush at ingest, in ms since the epoch, by Valkey's clock. */
  readonly arrival: number;
  /** Time between the last two flushes, in whole ms, by Envoy's clock; 0 after the first flush. */
  readonly flushLength: number;
  /** The pod's IP address, from its node.id or, if `ipVerified`, as proven by its connection. '' unknown. */
  readonly ip: string;
  readonly ipVerified: boolean;
  readonly proxy: ProxyType;
  /**
   * Requests in flight: the gauge at the last flush, as Envoy sent it. Finite and not negative, like the next
   * two.
   */
  readonly active: number;
  /** Requests in flight between Envoy and the application. */
  readonly upstreamActive: number;
  /** Requests that wait for an upstream connection. */
  readonly pending: number;
}

const IDLE = 0x04;
const IDLE_IS_ZERO = 0x08;
const IP_VERIFIED = 0x10;
const HAS_EVIDENCE = 0x20;
const HAS_KNOWN_SLOTS = 0x40;
const ARRIVAL_AT = 3;
const FIXED_BYTES = 39;

export function stateOf({ sent }: Pick<Evidence, 'sent'>): PodState {
  return sent === 0 ? 'idle' : 'live';
}

/**
 * Writes the value of a head key, little-endian, 53 to 69 bytes:
 *
 *     0       oldest schema version whose readers understand it (1)
 *     1       flags: bits 0-1 proxy (sidecar, router, waypoint, other), 2 idle, 3 idle is zero, 4 IP verified,
 *             5 evidence follows: at the end of a head key's value, before the checkpoint of a slots key's,
 *             6 known slots: see `KnownSlots`, before the bounds of a slots key's value
 *     2       bytes of the IP address that ends the head: 0, 4 or 16
 *     3..10   arrival, float64
 *     11..14  flush length, uint32
 *     15..22  active, float64
 *     23..30  upstream active, float64
 *     31..38  pending, float64
 *     39..    IP address
 *     ..      evidence
 *
 * Bits 2 and 3 repeat the evidence for readers of schema version 1, to which a pod without the gauge is idle.
 *
 * @param address what `encodeAddress` gave for the IP address, which no flush changes
 */
export function writeHead(writer: ByteWriter, head: Omit<Head, 'ip'>, address: Uint8Array): void {
  writer.byte(READABLE_SINCE);
  writer.byte(
    PROXY_TYPES.indexOf(head.proxy) |
      ((head.sent & STAT.active) === 0 ? IDLE : 0) |
      ((head.provenZero & STAT.active) === 0 ? 0 : IDLE_IS_ZERO) |
      (head.ipVerified ? IP_VERIFIED : 0) |
      HAS_EVIDENCE,
  );
  writer.byte(address.length);
  writer.float64(head.arrival);
  writer.uint32(Math.min(Math.round(head.flushLength), 0xffff_ffff));
  writer.float64(head.active);
  writer.float64(head.upstreamActive);
  writer.float64(head.pending);
  writer.bytes(address);
  writeEvidence(writer, head);
}

/** The value of a head key. */
export function encodeHead(head: Head): Buffer {
  const writer = new ByteWriter(FIXED_BYTES + 16 + EVIDENCE_BYTES);
  writeHead(writer, head, encodeAddress(head.ip));
  return writer.from(0);
}

/** Sets the known-slots flag in the head at `start`. */
export function markKnownSlots(writer: ByteWriter, start: number, head: Uint8Array): void {
  writer.setByte(start + 1, (head[1] ?? 0) | HAS_KNOWN_SLOTS);
}

export function hasKnownSlots(bytes: Buffer): boolean {
  return ((bytes[1] ?? 0) & HAS_KNOWN_SLOTS) !== 0;
}

/** Length of the head at the start of `bytes`, without evidence. @throws RecordError */
export function headLength(bytes: Buffer): number {
  checkVersion(bytes);
  const family = bytes[2];
  if ((family !== 0 && family !== 4 && family !== 16) || bytes.length < FIXED_BYTES + family) {
    throw new RecordError('ERR_RECORD_CORRUPT', `a head of ${bytes.length} bytes has the wrong length`);
  }
  return FIXED_BYTES + family;
}

/**
 * Reads the head, which is a head key's value and the start of a slots key's.
 * @throws RecordError if the bytes do not begin with one that this release can read
 */
export function decodeHead(bytes: Buffer): Head {
  const length = headLength(bytes);
  const flags = bytes[1] ?? 0;
  const evidence =
    (flags & HAS_EVIDENCE) === 0 ? firstEvidence(flags) : readEvidence(bytes, evidenceAt(bytes, length));
  // Its fields one by one: a query decodes the heads of 1,500 pods, and to spread the object takes most of that.
  return {
    arrival: readArrival(bytes),
    flushLength: bytes.readUInt32LE(11),
    ip: readAddress(bytes, FIXED_BYTES, (length - FIXED_BYTES) as 0 | 4 | 16),
    ipVerified: (flags & IP_VERIFIED) !== 0,
    proxy: PROXY_TYPES[flags & 0x03] ?? 'other',
    active: quantity(bytes, 15, 'active'),
    upstreamActive: quantity(bytes, 23, 'upstream active'),
    pending: quantity(bytes, 31, 'pending'),
    sent: evidence.sent,
    provenZero: evidence.provenZero,
    filterShown: evidence.filterShown,
    unrecognized: evidence.unrecognized,
    template: evidence.template,
    proxyId: evidence.proxyId,
  };
}

/**
 * The evidence that a record of schema version 1 implied: a pod with the gauge has every stat, and all pods are
 * alike.
 */
function firstEvidence(flags: number): Evidence {
  return {
    sent: (flags & IDLE) === 0 ? ALL_STATS : 0,
    provenZero: (flags & IDLE_IS_ZERO) === 0 ? 0 : ALL_STATS,
    filterShown: false,
    unrecognized: false,
    template: 0,
    proxyId: 0,
  };
}

/** Offset of the evidence: at the end of a head key's value, and before the checkpoint of a slots key's. */
function evidenceAt(bytes: Buffer, headLength: number): number {
  if (bytes.length === headLength + EVIDENCE_BYTES) return headLength;
  const checkpointAt = bytes.length < headLength + 2 ? 0 : bytes.readUInt16LE(headLength);
  const at = checkpointAt - EVIDENCE_BYTES;
  if (at < headLength || checkpointAt > bytes.length) {
    throw new RecordError('ERR_RECORD_CORRUPT', `a record of ${bytes.length} bytes lacks its evidence`);
  }
  return at;
}

/** Reads only the arrival, from bytes with a known `headLength`. @throws RecordError */
export function readArrival(bytes: Buffer): number {
  return quantity(bytes, ARRIVAL_AT, 'arrival');
}

/** The arrival of the last flush, from any value that begins with a head; 0 for other bytes. */
export function arrivalOf(bytes: Buffer): number {
  return bytes.length < FIXED_BYTES ? 0 : bytes.readDoubleLE(ARRIVAL_AT);
}

/** @throws RecordError if this release does not read the value's schema version */
function checkVersion(bytes: Buffer): void {
  if (bytes.length === 0) throw new RecordError('ERR_RECORD_CORRUPT', 'the record is empty');
  if (bytes[0] !== READABLE_SINCE) {
    const message = `the record needs a reader of schema version ${bytes[0]}, this release reads up to ${SCHEMA_VERSION}`;
    throw new RecordError('ERR_RECORD_VERSION', message);
  }
}

function quantity(bytes: Buffer, offset: number, field: string): number {
  const value = bytes.readDoubleLE(offset);
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new RecordError('ERR_RECORD_CORRUPT', `the head's ${field} is ${value}`);
  }
  return value;
}
