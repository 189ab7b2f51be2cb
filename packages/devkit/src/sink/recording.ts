/**
 * The file format of recorded streams: messages one after another, before each its length (uint32 LE), its
 * stream's number (uint32 LE) and its arrival in ms since the epoch (float64 LE).
 */
export interface Recorded {
  /** Number of the stream, from 0 in the order in which they were opened. */
  stream: number;
  /** ms since the epoch. */
  arrival: number;
  /** A StreamMetricsMessage. */
  message: Buffer;
}

const HEADER = 16;

export function encodeRecorded({ stream, arrival, message }: Recorded): Buffer {
  const bytes = Buffer.alloc(HEADER + message.length);
  bytes.writeUInt32LE(message.length, 0);
  bytes.writeUInt32LE(stream, 4);
  bytes.writeDoubleLE(arrival, 8);
  message.copy(bytes, HEADER);
  return bytes;
}

/** @throws RangeError when the file ends within a message */
export function decodeRecording(bytes: Buffer): Recorded[] {
  const all: Recorded[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const end = at + HEADER + length;
    if (end > bytes.length) throw new RangeError(`the recording ends within the message at byte ${at}`);
    all.push({
      stream: bytes.readUInt32LE(at + 4),
      arrival: bytes.readDoubleLE(at + 8),
      message: bytes.subarray(at + HEADER, end),
    });
    at = end;
  }
  return all;
}
