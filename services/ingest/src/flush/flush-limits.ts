import { LimitError } from '../limit-error.ts';

// No real proxy has a flush that exceeds one of these limits, so the stream ends.

/** HTTP connection managers with the pod's load. A sidecar has one for each of its ports. */
export const MAX_SCOPES = 1_024;
/** Clusters with load. A gateway of a large mesh has one for each port and version of each Service. */
export const MAX_CLUSTERS = 16_384;
/** Envoy's sink sends all stats in one message, or `batch_size` of them in each. */
export const MAX_PARTS = 16_384;
export const MAX_BYTES = 64 * 1024 * 1024;
/** Between a flush's first part and its last, in ms: Envoy writes them consecutively. */
export const MAX_DURATION = 30_000;

/** The size of a flush so far: messages, bytes and time. */
export interface FlushSize {
  /** Number of messages so far. */
  parts: number;
  bytes: number;
  /** Arrival of the first part, in ms of the process's monotonic clock. */
  begun: number;
}

/** @throws LimitError */
export function countPart(size: FlushSize, bytes: number, arrival: number): void {
  if (size.parts === 0) size.begun = arrival;
  size.parts++;
  size.bytes += bytes;
  if (size.parts > MAX_PARTS)
    throw new LimitError('ERR_FLUSH_PARTS', `a flush has more than ${MAX_PARTS} messages`);
  if (size.bytes > MAX_BYTES)
    throw new LimitError('ERR_FLUSH_BYTES', `a flush has more than ${MAX_BYTES} bytes`);
  if (arrival - size.begun > MAX_DURATION)
    throw new LimitError(
      'ERR_FLUSH_DURATION',
      `messages with one snapshot time arrived for more than ${MAX_DURATION} ms`,
    );
}

/** @throws LimitError if a flush with this number of scopes is full */
export function checkScopes(count: number): void {
  if (count >= MAX_SCOPES)
    throw new LimitError('ERR_FLUSH_SCOPES', `a flush has more than ${MAX_SCOPES} HTTP scopes`);
}

/** @throws LimitError if a flush with this number of clusters is full */
export function checkClusters(count: number): void {
  if (count >= MAX_CLUSTERS)
    throw new LimitError('ERR_FLUSH_SCOPES', `a flush has more than ${MAX_CLUSTERS} clusters`);
}
