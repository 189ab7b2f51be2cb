import { createGunzip } from 'node:zlib';
import { GrpcError } from '../refusal.ts';

/** A compressed message that waits to be unpacked. */
export interface Packed {
  /** Messages of different addresses take turns. */
  readonly address: string;
  readonly bytes: Buffer;
  readonly maxBytes: number;
  /** Bytes that are unpacked by now. */
  progress(bytes: number): void;
  done(bytes: Buffer): void;
  failed(error: GrpcError): void;
}

export interface Unpacker {
  /** @returns cancels it: none of its functions is called from then on */
  unpack(packed: Packed): () => void;
}

interface Job {
  readonly packed: Packed;
  /** Stops it; undefined while it waits. */
  stop: (() => void) | undefined;
}

/**
 * Messages unpacked at once. Each may hold twice the largest message, once in chunks and once joined, and zlib runs on
 * libuv's threads, of which there are four.
 */
const MAX_ACTIVE = 2;
const CHUNK_BYTES = 32 * 1024;

/** Unpacks gzip outside of the event loop, a few messages at once, in turn by address. */
export function createUnpacker(maxActive = MAX_ACTIVE): Unpacker {
  /** By address, in the order of their turns. */
  const waiting = new Map<string, Set<Job>>();
  let active = 0;

  const startNext = (): void => {
    for (const [address, queue] of waiting) {
      if (active >= maxActive) return;
      waiting.delete(address);
      for (const job of queue) {
        queue.delete(job);
        active++;
        job.stop = gunzip(job.packed, () => {
          active--;
          startNext();
        });
        break;
      }
      // A Map iterates over what is added during the iteration: the address takes its next turn after all others.
      if (queue.size > 0) waiting.set(address, queue);
    }
  };

  return {
    unpack(packed) {
      const job: Job = { packed, stop: undefined };
      const queue = waiting.get(packed.address) ?? new Set();
      waiting.set(packed.address, queue.add(job));
      startNext();
      return () => {
        if (job.stop !== undefined) job.stop();
        else if (queue.delete(job) && queue.size === 0) waiting.delete(packed.address);
      };
    },
  };
}

/**
 * @param over is called once its thread and memory are free, also where it was stopped
 * @returns stops it
 */
function gunzip({ bytes, maxBytes, progress, done, failed }: Packed, over: () => void): () => void {
  const stream = createGunzip({ chunkSize: CHUNK_BYTES });
  let chunks: Buffer[] = [];
  let size = 0;
  let isOver = false;
  const end = (report?: () => void): void => {
    if (isOver) return;
    isOver = true;
    stream.destroy();
    report?.();
    chunks = [];
  };
  stream.on('data', (chunk: Buffer) => {
    if (isOver) return;
    size += chunk.length;
    chunks.push(chunk);
    if (size <= maxBytes) progress(size);
    else {
      const message = `a message is larger than the limit of ${maxBytes} bytes once it is unpacked`;
      end(() => failed(new GrpcError('ERR_GRPC_TOO_LARGE', message)));
    }
  });
  stream.on('end', () => end(() => done(Buffer.concat(chunks, size))));
  stream.on('error', (cause) => {
    const message = `a message cannot be unpacked as gzip: ${cause.message}`;
    end(() => failed(new GrpcError('ERR_GRPC_COMPRESSION', message, cause)));
  });
  stream.on('close', over);
  stream.end(bytes);
  return () => end();
}
