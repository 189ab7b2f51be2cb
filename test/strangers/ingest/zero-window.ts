import { setTimeout as sleep } from 'node:timers/promises';
import { END_STREAM, H2_PREFACE, h2Frame, h2GrpcCall, streamMetrics } from '@activescale/devkit';
import type { Attack, IngestTarget } from '../lib/assault.ts';
import { connectRaw } from '../lib/raw-connection.ts';
import { plain, ROGUE } from './calls.ts';

/** SETTINGS_INITIAL_WINDOW_SIZE = 0 (RFC 9113, 6.5.2): the server may not answer with a byte of data. */
const NO_WINDOW = h2Frame('settings', 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]));
const CONNECTIONS = 20;
const CALLS_AT_ONCE = 100;

/** Calls that are complete, over connections whose owner reads nothing. */
export const zeroWindow: Attack<IngestTarget> = {
  name: 'zero-window',
  async run({ target, signal, got }) {
    while (!signal.aborted) {
      const raws = await Promise.all(
        Array.from({ length: CONNECTIONS }, () => connectRaw({ port: target.grpcPort, from: ROGUE })),
      );
      for (const raw of raws) {
        raw.socket.pause();
        void raw.write(Buffer.concat([H2_PREFACE, NO_WINDOW]));
      }
      for (let id = 1; id < 8_000 && !signal.aborted; id += 2 * CALLS_AT_ONCE) {
        const calls = Array.from({ length: CALLS_AT_ONCE }, (_, i) => [
          h2GrpcCall(id + 2 * i, streamMetrics.path),
          h2Frame('data', END_STREAM, id + 2 * i, plain(Buffer.alloc(0))),
        ]);
        for (const raw of raws) if (!raw.closed) raw.socket.write(Buffer.concat(calls.flat()));
        await sleep(100);
      }
      for (const raw of raws) {
        if (raw.closed) got('connection closed');
        raw[Symbol.dispose]();
      }
    }
  },
};
