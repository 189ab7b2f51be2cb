import type { ProxyType } from '../envoy/identity.ts';
import { encodeAddress, readAddress } from './address.ts';
import { ByteWriter } from './bytes.ts';
import { RecordError } from './record-error.ts';

/** The schema of both values of a pod. A reader refuses any other, so two releases live side by side. */
export const SCHEMA_VERSION = 1;

/** How long a record outlives its freshness, in ms: sums over a workload hold a silent pod that long. */
export const HOLD_MS = 30_000;

/**
 * `live`: the flush carried the gauge of active requests.
 * `idle`: the stream flushes, but Envoy has never used the gauge (it sends only stats in use).
 */
export type PodState = 'live' | 'idle';

/** All that a last-value metric needs of a pod: the value of its head key. */
export interface Head {
  /** When the last flush reached ingest, in ms since the epoch, by Valkey's clock. */
  readonly arrival: number;
  /** Time between the last two flushes, in whole ms, by Envoy's clock; 0 while only one has been seen. */
  readonly flushLength: number;
  /** The pod's IP address, as its node.id says or, where `ipVerified`, as its connection proves. '' unknown. */
  readonly ip: string;
  readonly ipVerified: boolean;
  readonly proxy: ProxyType;
  readonly state: PodState;
  /** The node's own metadata shows that its stats filter lets the gauge through: idle means zero. */
  readonly idleIsZero: boolean;
  /** Requests in flight: the gauge at the last flush, as Envoy sent it. Finite, not negative; so are the next two. */
  readonly active: number;
  /** Requests in flight between Envoy and the application. */
  readonly upstreamActive: number;
  /** Requests that wait for an upstream connection. */
  readonly pending: number;
}

const PROXIES: readonly ProxyType[] = ['sidecar', 'router', 'waypoint', 'other'];
const IDLE = 0x04;
const IDLE_IS_ZERO = 0x08;
const IP_VERIFIED = 0x10;
const ARRIVAL_AT = 3;
const FIXED_BYTES = 39;

/**
 * Little-endian, 39 to 55 bytes:
 *
 *     0       schema version (1)
 *     1       flags: bits 0-1 proxy (sidecar, router, waypoint, other), 2 idle, 3 idle is zero, 4 IP verified
 *     2       bytes of the IP address that ends the head: 0, 4 or 16
 *     3..10   arrival, float64
 *     11..14  flush length, uint32
 *     15..22  active, float64
 *     23..30  upstream active, float64
 *     31..38  pending, float64
 *     39..    IP address
 *
 * @param address what `encodeAddress` gave for the IP address, which no flush changes
 */
export function writeHead(writer: ByteWriter, head: Omit<Head, 'ip'>, address: Uint8Array): void {
  writer.byte(SCHEMA_VERSION);
  writer.byte(
    PROXIES.indexOf(head.proxy) |
      (head.state === 'idle' ? IDLE : 0) |
      (head.idleIsZero ? IDLE_IS_ZERO : 0) |
      (head.ipVerified ? IP_VERIFIED : 0),
  );
  writer.byte(address.length);
  writer.float64(head.arrival);
  writer.uint32(Math.min(Math.round(head.flushLength), 0xffff_ffff));
  writer.float64(head.active);
  writer.float64(head.upstreamActive);
  writer.float64(head.pending);
  writer.bytes(address);
}

/** A head by itself. */
export function encodeHead(head: Head): Buffer {
  const writer = new ByteWriter(FIXED_BYTES + 16);
  writeHead(writer, head, encodeAddress(head.ip));
  return writer.from(0);
}

/** How many of the bytes the head that they begin with takes. @throws RecordError */
export function headLength(bytes: Buffer): number {
  checkVersion(bytes);
  const family = bytes[2];
  if ((family !== 0 && family !== 4 && family !== 16) || bytes.length < FIXED_BYTES + family) {
    throw new RecordError('ERR_RECORD_CORRUPT', `a head of ${bytes.length} bytes has the wrong length`);
  }
  return FIXED_BYTES + family;
}

/**
 * Reads the head that is a head key's value and the start of a slots key's.
 * @throws RecordError where the bytes begin with none of this schema version
 */
export function decodeHead(bytes: Buffer): Head {
  const family = (headLength(bytes) - FIXED_BYTES) as 0 | 4 | 16;
  const flags = bytes[1] ?? 0;
  return {
    arrival: readArrival(bytes),
    flushLength: bytes.readUInt32LE(11),
    ip: readAddress(bytes, FIXED_BYTES, family),
    ipVerified: (flags & IP_VERIFIED) !== 0,
    proxy: PROXIES[flags & 0x03] ?? 'other',
    state: (flags & IDLE) !== 0 ? 'idle' : 'live',
    idleIsZero: (flags & IDLE_IS_ZERO) !== 0,
    active: quantity(bytes, 15, 'active'),
    upstreamActive: quantity(bytes, 23, 'upstream active'),
    pending: quantity(bytes, 31, 'pending'),
  };
}

/** Only the arrival, of bytes whose `headLength` is known. @throws RecordError */
export function readArrival(bytes: Buffer): number {
  return quantity(bytes, ARRIVAL_AT, 'arrival');
}

/** When the last flush arrived, of any value that begins as a head does; 0 for bytes that are no record. */
export function arrivalOf(bytes: Buffer): number {
  return bytes.length < FIXED_BYTES ? 0 : bytes.readDoubleLE(ARRIVAL_AT);
}

/** @throws RecordError when the value is not of this schema version. */
function checkVersion(bytes: Buffer): void {
  if (bytes.length === 0) throw new RecordError('ERR_RECORD_CORRUPT', 'the record is empty');
  if (bytes[0] !== SCHEMA_VERSION) {
    const message = `the record has schema version ${bytes[0]}, this release reads ${SCHEMA_VERSION}`;
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
