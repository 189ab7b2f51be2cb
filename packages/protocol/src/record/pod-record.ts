import type { StatSet } from '../stats.ts';
import { ByteWriter, corrupt, createRecordReader } from './bytes.ts';
import { type Checkpoint, decodeCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { EVIDENCE_BYTES } from './evidence.ts';
import { encodeHead, type Head, hasKnownSlots, headLength, markKnownSlots, readArrival } from './head.ts';
import {
  ALL_SLOTS,
  fewestKnownSlots,
  KNOWN_SLOTS_BYTES,
  type KnownSlots,
  writeKnownSlots,
} from './known-slots.ts';
import { decodeSlots, readSlots, type Slot, type SlotView, writeSlot } from './slot.ts';

/** The content of a pod's slots key: the pod's identity, its recent history, and the checkpoint. */
export interface PodRecord {
  /** The workload that owns the pod, from the node's metadata; '' unknown. */
  readonly workload: string;
  /** The pod's labels when its proxy started; the API server has the current ones. */
  readonly labels: Readonly<Record<string, string>>;
  /** The pod's IP address in node.id: another address means another pod of the same name. */
  readonly ip: string;
  /**
   * Upper bounds of the duration buckets in ms, a row for each set of bounds of the pod's histograms. Slots
   * have counts for buckets that are numbered consecutively through all rows; each row has one more bucket than
   * bounds, for longer durations.
   */
  readonly bounds: readonly (readonly number[])[];
  readonly checkpoint: Checkpoint;
  /** If it is missing, all slots count for every stat. */
  readonly knownSlots?: KnownSlots | undefined;
  /** Newest first. */
  readonly slots: readonly Slot[];
}

/** An ordinary sidecar's value has less than 2 KB; a larger one than this is refused as corrupt. */
export const MAX_RECORD_BYTES = 16 * 1024;
/** Labels that do not fit are omitted. */
const MAX_DESCRIPTION_BYTES = 4 * 1024;
/** Ten seconds of flushes, twenty-two slots of five seconds, and some that overlap. */
export const MAX_SLOTS = 36;
/** Buckets of all rows of bounds together: six times Envoy's default set, or twice 64 bounds. */
export const MAX_BUCKETS = 130;

/**
 * The part of a record that is constant for a stream: workload, IP, and number, keys and values of the labels.
 */
export function encodeDescription({
  workload,
  ip,
  labels,
}: Pick<PodRecord, 'workload' | 'ip' | 'labels'>): Uint8Array {
  let room = MAX_DESCRIPTION_BYTES;
  const fitting = Object.entries(labels).filter(([key, value]) => {
    room -= Buffer.byteLength(key) + Buffer.byteLength(value) + 4;
    return room >= 0;
  });
  const writer = new ByteWriter();
  writer.text(workload.slice(0, 253));
  writer.text(ip.slice(0, 45));
  writer.varint(fitting.length);
  for (const [key, value] of fitting) {
    writer.text(key);
    writer.text(value);
  }
  return writer.copy();
}

/**
 * For each row the number of bounds and the bounds, as float64: above 0, finite and ascending. At most
 * `MAX_BUCKETS`.
 */
export function encodeBounds(rows: readonly (readonly number[])[]): Uint8Array {
  const writer = new ByteWriter(MAX_BUCKETS * 8);
  // A record without histograms has one empty row: readers of schema version 1 read the first row only.
  for (const row of rows.length === 0 ? [[]] : rows) {
    writer.varint(row.length);
    for (const bound of row) writer.float64(bound);
  }
  return writer.copy();
}

/** The parts of a record. */
export interface PodRecordParts {
  /** The value of the pod's head key. */
  readonly head: Uint8Array;
  /** The result of `encodeDescription`. */
  readonly description: Uint8Array;
  /** The result of `encodeBounds`. */
  readonly bounds: Uint8Array;
  readonly checkpoint: Checkpoint;
  /** See `PodRecord`. */
  readonly knownSlots?: KnownSlots | undefined;
  /**
   * Writes the slots like `writeSlot`, newest first, the end of the newest being the head's arrival: at most
   * MAX_SLOTS, and as many as fit. Returns their number.
   */
  slots(writer: ByteWriter, room: number): number;
}

/** After the head: the offsets of checkpoint, bounds and slots. */
const SECTIONS_BYTES = 6;

/**
 * Puts a record together, little-endian:
 *
 *     0..     head without evidence: one value answers a query over a window
 *     ..      where checkpoint, bounds and slots begin, uint16 each
 *     ..      description, evidence, checkpoint, known slots where bit 6 of the head's flags is set, bounds
 *     ..      number of slots, slots with the newest first
 */
export function writePodRecord(writer: ByteWriter, parts: PodRecordParts): void {
  const { head } = parts;
  const start = writer.length;
  const evidenceAt = head.length - EVIDENCE_BYTES;
  writer.bytes(head, 0, evidenceAt);
  const sectionsAt = writer.length;
  for (let section = 0; section < 3; section++) writer.uint16(0);
  writer.bytes(parts.description);
  writer.bytes(head, evidenceAt);
  writer.setUint16(sectionsAt, writer.length - start);
  writeCheckpoint(writer, parts.checkpoint);
  if (parts.knownSlots !== undefined) {
    markKnownSlots(writer, start, head);
    writeKnownSlots(writer, parts.knownSlots);
  }
  writer.setUint16(sectionsAt + 2, writer.length - start);
  writer.bytes(parts.bounds);
  const slotsAt = writer.length;
  writer.setUint16(sectionsAt + 4, slotsAt - start);
  writer.byte(0);
  writer.setByte(slotsAt, parts.slots(writer, start + MAX_RECORD_BYTES - writer.length));
}

/** Decodes a whole record. @throws RecordError */
export function decodePodRecord(bytes: Buffer): PodRecord {
  const sections = sectionsOf(bytes);
  const { slotsAt, arrival } = sections;
  const slots = decodeSlots(bytes, slotsAt + 1, bytes[slotsAt] as number, arrival);
  const { checkpointAt, knownSlotsAt, boundsAt } = sections;
  const checkpoint = decodeCheckpoint(
    createRecordReader(bytes.subarray(0, knownSlotsAt ?? boundsAt), checkpointAt),
  );
  const knownSlots = knownSlotsAt === undefined ? undefined : [...bytes.subarray(knownSlotsAt, boundsAt)];
  return { ...decodeDescription(bytes), bounds: readBounds(bytes, sections), checkpoint, knownSlots, slots };
}

/** Decodes only the identity, which a label selector needs. @throws RecordError */
export function decodeDescription(bytes: Buffer): Pick<PodRecord, 'workload' | 'ip' | 'labels'> {
  const reader = createRecordReader(bytes, sectionsOf(bytes).descriptionAt);
  const workload = reader.text();
  const ip = reader.text();
  const labels: Record<string, string> = Object.create(null);
  for (let left = reader.count(); left > 0; left--) {
    const key = reader.text();
    labels[key] = reader.text();
  }
  return { workload, ip, labels };
}

/**
 * The number of newest slots that end after the last flush in which one of these stats was unknown. @throws
 * RecordError
 */
export function knownSlotsOf(bytes: Buffer, needed: StatSet): number {
  const { knownSlotsAt } = sectionsOf(bytes);
  return knownSlotsAt === undefined ? ALL_SLOTS : fewestKnownSlots(bytes, knownSlotsAt, needed);
}

/**
 * Reads only the slots, newest first, until `visit` returns false; see `readSlots`.
 * @returns the bounds of the buckets if `withBuckets`, otherwise none
 * @throws RecordError
 */
export function visitSlots(
  bytes: Buffer,
  withBuckets: boolean,
  visit: (slot: SlotView) => boolean,
): readonly (readonly number[])[] {
  const sections = sectionsOf(bytes);
  const { arrival, slotsAt } = sections;
  readSlots(bytes, slotsAt + 1, bytes[slotsAt] as number, arrival, withBuckets, visit);
  return withBuckets ? readBounds(bytes, sections) : [];
}

/** A whole record, whose newest slot ends at the head's arrival. */
export function encodePodRecord(record: PodRecord, head: Head): Buffer {
  const writer = new ByteWriter(MAX_RECORD_BYTES);
  writePodRecord(writer, {
    head: encodeHead(head),
    description: encodeDescription(record),
    bounds: encodeBounds(record.bounds),
    checkpoint: record.checkpoint,
    knownSlots: record.knownSlots,
    slots: (into, room) => writeSlots(into, record.slots, room),
  });
  return writer.from(0);
}

/** If not all fit, the oldest are omitted. */
function writeSlots(writer: ByteWriter, slots: readonly Slot[], room: number): number {
  const most = writer.length + room;
  let count = 0;
  for (; count < Math.min(slots.length, MAX_SLOTS); count++) {
    const { length } = writer;
    const slot = slots[count] as Slot;
    writeSlot(writer, slot, slots[count + 1]?.end ?? slot.end);
    if (writer.length <= most) continue;
    writer.truncate(length);
    break;
  }
  return count;
}

function readBounds(bytes: Buffer, { boundsAt, slotsAt }: Sections): number[][] {
  const reader = createRecordReader(bytes.subarray(0, slotsAt), boundsAt);
  const rows: number[][] = [];
  let buckets = 0;
  do {
    const row = Array.from({ length: reader.count() }, () => reader.float64());
    if (!row.every((bound, i) => bound > (row[i - 1] ?? 0))) throw corrupt('its bounds do not increase');
    buckets += row.length + 1;
    if (row.length > 0) rows.push(row);
  } while (!reader.atEnd);
  if (buckets > MAX_BUCKETS + 1) throw corrupt(`it has ${buckets} buckets`);
  return rows;
}

interface Sections {
  readonly arrival: number;
  readonly descriptionAt: number;
  readonly checkpointAt: number;
  /** undefined: the record has none. */
  readonly knownSlotsAt: number | undefined;
  readonly boundsAt: number;
  readonly slotsAt: number;
}

function sectionsOf(bytes: Buffer): Sections {
  const sectionsAt = headLength(bytes);
  const descriptionAt = sectionsAt + SECTIONS_BYTES;
  if (bytes.length < descriptionAt || bytes.length > MAX_RECORD_BYTES)
    throw corrupt(`it has ${bytes.length} bytes`);
  const checkpointAt = bytes.readUInt16LE(sectionsAt);
  const boundsAt = bytes.readUInt16LE(sectionsAt + 2);
  const slotsAt = bytes.readUInt16LE(sectionsAt + 4);
  const knownSlotsAt = hasKnownSlots(bytes) ? boundsAt - KNOWN_SLOTS_BYTES : undefined;
  const ordered =
    descriptionAt <= checkpointAt &&
    checkpointAt <= (knownSlotsAt ?? boundsAt) &&
    boundsAt <= slotsAt &&
    slotsAt < bytes.length;
  if (!ordered) throw corrupt('its sections are out of order');
  return { arrival: readArrival(bytes), descriptionAt, checkpointAt, knownSlotsAt, boundsAt, slotsAt };
}
