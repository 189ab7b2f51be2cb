import { encodeAddress } from './address.ts';
import { ByteWriter, corrupt, createRecordReader } from './bytes.ts';
import { type Carry, decodeCarry, writeCarry } from './carry.ts';
import { type Head, headLength, readArrival, writeHead } from './head.ts';
import { readSlots, type Slot, type SlotView, writeSlot } from './slot.ts';

/** What a pod's slots key holds: who the pod is, what happened to it lately, and how to go on from there. */
export interface PodRecord {
  /** The workload that owns the pod, as the node's metadata names it; '' unknown. */
  readonly workload: string;
  /** The pod's labels when its proxy started: a snapshot, where the API server has the current ones. */
  readonly labels: Readonly<Record<string, string>>;
  /** The pod's IP address in node.id: another one is another pod of the same name. */
  readonly ip: string;
  /** Upper bounds of the duration buckets, in ms. */
  readonly bounds: readonly number[];
  readonly carry: Carry;
  /** Newest first. */
  readonly slots: readonly Slot[];
}

/** An ordinary sidecar's value stays under 2 KB; more than this is refused as not ours. */
export const MAX_RECORD_BYTES = 16 * 1024;
/** Labels that no longer fit are left out. */
const MAX_DESCRIPTION_BYTES = 4 * 1024;
/** Ten seconds of flushes and twenty-two slots of five seconds, and some that straddle. */
export const MOST_SLOTS = 36;
/** More bounds are nobody's configuration. */
export const MOST_BOUNDS = 64;

/** The part of a record that a stream never changes: workload, IP, and number, keys and values of the labels. */
export function encodeDescription({
  workload,
  ip,
  labels,
}: Pick<PodRecord, 'workload' | 'ip' | 'labels'>): Buffer {
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
  return Buffer.from(writer.from(0));
}

/** The bounds' number and the bounds, as float64: above 0, finite and rising. */
export function encodeBounds(bounds: readonly number[]): Buffer {
  const some = bounds.slice(0, MOST_BOUNDS);
  const writer = new ByteWriter(1 + 8 * some.length);
  writer.varint(some.length);
  for (const bound of some) writer.float64(bound);
  return writer.from(0);
}

/** What a record is put together from. */
export interface PodRecordParts {
  readonly head: Omit<Head, 'ip'>;
  /** What `encodeAddress` gave for the head's IP address. */
  readonly address: Uint8Array;
  /** What `encodeDescription` gave. */
  readonly description: Uint8Array;
  /** What `encodeBounds` gave. */
  readonly bounds: Uint8Array;
  readonly carry: Carry;
  /**
   * Writes the slots as `writeSlot` does, the newest first, whose end is the head's arrival: at most MOST_SLOTS, and as
   * many of them as there is room for. Returns how many.
   */
  slots(writer: ByteWriter, room: number): number;
}

/** Behind the head: where carry, bounds and slots begin. */
const SECTIONS_BYTES = 6;

/**
 * Puts a record together, little-endian:
 *
 *     0..     head: the very bytes of the head key, so that one value answers a query over a window
 *     ..      where carry, bounds and slots begin, uint16 each
 *     ..      description, carry, bounds
 *     ..      number of slots, slots with the newest first
 *
 * @returns the length of the head
 */
export function writePodRecord(writer: ByteWriter, parts: PodRecordParts): number {
  const start = writer.length;
  writeHead(writer, parts.head, parts.address);
  const sectionsAt = writer.length;
  for (let section = 0; section < 3; section++) writer.uint16(0);
  writer.bytes(parts.description);
  writer.setUint16(sectionsAt, writer.length - start);
  writeCarry(writer, parts.carry);
  writer.setUint16(sectionsAt + 2, writer.length - start);
  writer.bytes(parts.bounds);
  const slotsAt = writer.length;
  writer.setUint16(sectionsAt + 4, slotsAt - start);
  writer.byte(0);
  writer.setByte(slotsAt, parts.slots(writer, start + MAX_RECORD_BYTES - writer.length));
  return sectionsAt - start;
}

/** All of a record at once. @throws RecordError */
export function decodePodRecord(bytes: Buffer): PodRecord {
  const sections = sectionsOf(bytes);
  const slots: Slot[] = [];
  const { slotsAt, arrival } = sections;
  readSlots(bytes, slotsAt + 1, bytes[slotsAt] as number, arrival, true, (slot) => {
    slots.push({ ...slot, buckets: [...slot.buckets] });
    return true;
  });
  const carry = decodeCarry(createRecordReader(bytes, sections.carryAt));
  return { ...decodeDescription(bytes), bounds: readBounds(bytes, sections.boundsAt), carry, slots };
}

/** Only who the pod is: all that a label selector needs. @throws RecordError */
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
 * Only the slots, newest first, until `visit` returns false; see `readSlots`.
 * @returns the bounds of the buckets where `withBuckets` asks for them, else none
 * @throws RecordError
 */
export function visitSlots(
  bytes: Buffer,
  withBuckets: boolean,
  visit: (slot: SlotView) => boolean,
): readonly number[] {
  const { arrival, boundsAt, slotsAt } = sectionsOf(bytes);
  readSlots(bytes, slotsAt + 1, bytes[slotsAt] as number, arrival, withBuckets, visit);
  return withBuckets ? readBounds(bytes, boundsAt) : [];
}

/** A whole record by itself, whose newest slot ends at the head's arrival. */
export function encodePodRecord(record: PodRecord, head: Head): Buffer {
  const writer = new ByteWriter(MAX_RECORD_BYTES);
  writePodRecord(writer, {
    head,
    address: encodeAddress(head.ip),
    description: encodeDescription(record),
    bounds: encodeBounds(record.bounds),
    carry: record.carry,
    slots: (into, room) => writeSlots(into, record.slots, room),
  });
  return writer.from(0);
}

/** Where there is no room for all, the oldest are left out. */
function writeSlots(writer: ByteWriter, slots: readonly Slot[], room: number): number {
  const most = writer.length + room;
  let count = 0;
  for (; count < Math.min(slots.length, MOST_SLOTS); count++) {
    const { length } = writer;
    const slot = slots[count] as Slot;
    writeSlot(writer, slot, slots[count + 1]?.end ?? slot.end);
    if (writer.length <= most) continue;
    writer.truncate(length);
    break;
  }
  return count;
}

function readBounds(bytes: Buffer, at: number): number[] {
  const reader = createRecordReader(bytes, at);
  const bounds = Array.from({ length: reader.count() }, () => reader.float64());
  if (!bounds.every((bound, i) => bound > (bounds[i - 1] ?? 0))) throw corrupt('its bounds do not rise');
  return bounds;
}

interface Sections {
  readonly arrival: number;
  readonly descriptionAt: number;
  readonly carryAt: number;
  readonly boundsAt: number;
  readonly slotsAt: number;
}

function sectionsOf(bytes: Buffer): Sections {
  const sectionsAt = headLength(bytes);
  const descriptionAt = sectionsAt + SECTIONS_BYTES;
  if (bytes.length < descriptionAt || bytes.length > MAX_RECORD_BYTES)
    throw corrupt(`it has ${bytes.length} bytes`);
  const carryAt = bytes.readUInt16LE(sectionsAt);
  const boundsAt = bytes.readUInt16LE(sectionsAt + 2);
  const slotsAt = bytes.readUInt16LE(sectionsAt + 4);
  const ordered =
    descriptionAt <= carryAt && carryAt <= boundsAt && boundsAt <= slotsAt && slotsAt < bytes.length;
  if (!ordered) throw corrupt('its sections are out of order');
  return { arrival: readArrival(bytes), descriptionAt, carryAt, boundsAt, slotsAt };
}
