import { createGunzip } from 'node:zlib';
import { createFairQueue } from '@activescale/runtime';
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
  const waiting = createFairQueue<Job>();
  let active = 0;

  const startNext = (): void => {
    while (active < maxActive) {
      const job = waiting.take();
      if (job === undefined) return;
      active++;
      job.stop = gunzip(job.packed, () => {
        active--;
        startNext();
      });
    }
  };

  return {
    unpack(packed) {
      const job: Job = { packed, stop: undefined };
      waiting.add(packed.address, job);
      startNext();
      return () => {
        if (job.stop !== undefined) job.stop();
        else waiting.delete(packed.address, job);
      };
    },
  };
}

/**
 * @param over called once its thread and memory are free, also if it was stopped
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
      const message = `a decompressed message exceeds the limit of ${maxBytes} bytes`;
      end(() => failed(new GrpcError('ERR_GRPC_TOO_LARGE', message)));
    }
  });
  stream.on('end', () => end(() => done(Buffer.concat(chunks, size))));
  stream.on('error', (cause) => {
    const message = `a message is not valid gzip: ${cause.message}`;
    end(() => failed(new GrpcError('ERR_GRPC_COMPRESSION', message, cause)));
  });
  stream.on('close', over);
  stream.end(bytes);
  return () => end();
}
