import { type ByteWriter, writeHead } from '@activescale/protocol/record';
import type { FlushSample } from '../pod-stream.ts';

/** The values of a pod's head key and of its slots key. */
export interface EncodedRecord {
  readonly head: Buffer;
  readonly slots: Buffer;
}

/** Writes a pod's record after what `writer` holds. `arrival` is the flush's, by Valkey's clock. */
export function encodeRecord(
  writer: ByteWriter,
  { pod, facts }: Pick<FlushSample, 'pod' | 'facts'>,
  arrival: number,
): EncodedRecord {
  const { history, address, description, ipVerified, proxy, filterShown, template, proxyId } = pod;
  const headStart = writer.length;
  const flushLength = history.flushLength();
  writeHead(
    writer,
    { arrival, flushLength, ipVerified, proxy, filterShown, template, proxyId, ...facts },
    address,
  );
  const head = writer.from(headStart);
  const start = writer.length;
  history.write(writer, { head, description });
  return { head, slots: writer.from(start) };
}
