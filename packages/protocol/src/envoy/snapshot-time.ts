import { familyTimestamp } from './family.ts';
import { cursorOver, LENGTH_DELIMITED, readLength, readTag, skip } from './wire.ts';

const FAMILIES = 2;

/**
 * Snapshot time of a StreamMetricsMessage's flush, in ms since the epoch, from the first family that has one; 0
 * if none has. Distinguishes flushes without the cost of a scan.
 * @throws EnvoyError `ERR_ENVOY_MALFORMED`, `ERR_ENVOY_MESSAGE_SIZE`
 */
export function snapshotTime(bytes: Buffer): number {
  const message = cursorOver(bytes);
  while (message.at < bytes.length) {
    const tag = readTag(message);
    if (tag !== ((FAMILIES << 3) | LENGTH_DELIMITED)) {
      skip(message, tag & 7);
      continue;
    }
    const end = readLength(message);
    message.end = end;
    const timestamp = familyTimestamp(message);
    if (timestamp !== 0) return timestamp;
    message.end = bytes.length;
  }
  return 0;
}
