import { checkVersion, SCHEMA_VERSION } from './head.ts';
import { RecordError } from './record-error.ts';

/** What a pod's slots key holds: who the pod is. */
export interface PodRecord {
  /** The workload that owns the pod, as the node's metadata names it; '' unknown. */
  readonly workload: string;
  /** The pod's labels when its proxy started: a snapshot, where the API server has the current ones. */
  readonly labels: Readonly<Record<string, string>>;
}

/** An ordinary sidecar's value stays under 2 KB; more than this is refused as not ours. */
export const MAX_RECORD_BYTES = 16 * 1024;

/**
 * Byte 0 is the schema version; then follow texts, each a uint16 LE length and its UTF-8 bytes: the workload,
 * and key and value of each label. Labels that no longer fit under `MAX_RECORD_BYTES` are left out.
 */
export function encodePodRecord(record: PodRecord): Buffer {
  const parts = [Buffer.of(SCHEMA_VERSION)];
  let room = MAX_RECORD_BYTES - 1;
  const add = (...texts: string[]) => {
    const bytes = texts.map((text) => Buffer.from(text));
    const size = bytes.reduce((sum, text) => sum + 2 + text.length, 0);
    if (size > room) return;
    room -= size;
    for (const text of bytes) {
      const length = Buffer.allocUnsafe(2);
      length.writeUInt16LE(text.length);
      parts.push(length, text);
    }
  };
  add(record.workload);
  for (const [key, value] of Object.entries(record.labels)) add(key, value);
  return Buffer.concat(parts);
}

/** @throws RecordError for any bytes that `encodePodRecord` of this schema version does not make. */
export function decodePodRecord(bytes: Buffer): PodRecord {
  checkVersion(bytes);
  if (bytes.length > MAX_RECORD_BYTES) corrupt(`it has ${bytes.length} bytes`);
  const texts: string[] = [];
  let offset = 1;
  while (offset < bytes.length) {
    const start = offset + 2;
    const end = start <= bytes.length ? start + bytes.readUInt16LE(offset) : Number.POSITIVE_INFINITY;
    if (end > bytes.length) corrupt(`a text at byte ${offset} ends after the record`);
    texts.push(bytes.toString('utf8', start, end));
    offset = end;
  }
  const [workload, ...pairs] = texts;
  if (workload === undefined || pairs.length % 2 !== 0) corrupt('a text is missing');
  const labels: Record<string, string> = Object.create(null);
  for (let i = 0; i < pairs.length; i += 2) labels[pairs[i] ?? ''] = pairs[i + 1] ?? '';
  return { workload, labels };
}

function corrupt(why: string): never {
  throw new RecordError('ERR_RECORD_CORRUPT', `the pod's record is not one of ours: ${why}`);
}
