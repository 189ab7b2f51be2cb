import { setImmediate as turn } from 'node:timers/promises';
import type { ApiTarget, Attack } from '../lib/assault.ts';
import { connectRaw } from '../lib/raw-connection.ts';
import { ROGUE } from './asking.ts';

const HEADERS = 'POST /apis HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: chunked\r\n\r\n';
const CHUNKS = Buffer.from('1\r\nx\r\n'.repeat(10_000));
const CONNECTIONS = 5;

/** Bodies over HTTP/1.1 in chunks of one byte. */
export const smallChunks: Attack<ApiTarget> = {
  name: 'small-chunks',
  async run({ target, signal, got }) {
    const send = async () => {
      while (!signal.aborted) {
        using raw = await connectRaw({ port: target.securePort, from: ROGUE, alpn: 'http/1.1' });
        await raw.write(Buffer.from(HEADERS));
        while (!raw.closed && !signal.aborted) {
          await raw.write(CHUNKS);
          await turn();
        }
        if (raw.closed) got('connection closed');
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, send));
  },
};
