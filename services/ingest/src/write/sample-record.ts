import { type ByteWriter, freshFor, HOLD_MS, writeHead } from '@activescale/protocol/record';
import { writeHistory } from '../history/history.ts';
import type { FlushSample } from '../subject.ts';

/** The values of a subject's head key and of its slots key. */
export interface EncodedRecord {
  readonly head: Buffer;
  readonly slots: Buffer;
}

/** Writes a subject's record after the content of `writer`. `arrival` is the flush's, by Valkey's clock. */
export function encodeRecord(
  writer: ByteWriter,
  { subject, facts, history }: FlushSample,
  arrival: number,
): EncodedRecord {
  const { address, description, ipVerified, proxy, filterShown, template, proxyId } = subject;
  const { active, upstreamActive, pending, sent, provenZero, unrecognized } = facts;
  const headStart = writer.length;
  writeHead(
    writer,
    {
      arrival,
      flushLength: flushLengthOf({ subject, history }),
      ipVerified,
      proxy,
      active,
      upstreamActive,
      pending,
      sent,
      provenZero,
      filterShown,
      unrecognized,
      template,
      proxyId,
    },
    address,
  );
  const head = writer.from(headStart);
  const start = writer.length;
  writeHistory(writer, history, { head, description });
  return { head, slots: writer.from(start) };
}

/** Length of a usual flush in ms; 0 unknown. */
export function flushLengthOf({ subject, history }: Pick<FlushSample, 'subject' | 'history'>): number {
  return history.checkpoint?.flushLength || subject.flushInterval;
}

/**
 * Remaining lifetime of a sample in the store, in ms, counted from the flush's arrival. `metricTtl` is the minimum time
 * for which a sample is fresh, in ms; `at` the monotonic time.
 */
export function lifeLeft(sample: FlushSample, metricTtl: number, at: number): number {
  return Math.floor(freshFor(flushLengthOf(sample), metricTtl, HOLD_MS) - (at - sample.history.arrival));
}
