import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { headKey, recordName } from '@activescale/protocol/record';
import { encodeMessage } from '@activescale/protocol/testing';
import { openAdmin } from '@activescale/store/testing';
import type { Assault, Attack, IngestTarget } from '../lib/assault.ts';
import { callTo, gaugeOf, nodeOf, packed, plain, ROGUE, repeatCalls } from './calls.ts';

// Flushes that are too large, too many, or stamped with times that no clock shows.

const scopes = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ name: gaugeOf((from + i).toString(36)), gauge: 1 }));

/** Flushes of 200,000 scopes, which the process would keep. */
const scopesAtOnce: Attack<IngestTarget> = {
  name: 'scopes-at-once',
  async run(assault) {
    const families = scopes(200_000);
    const node = nodeOf('rogue');
    const message = (flush: number) =>
      packed(gzipSync(encodeMessage({ node, timestamp: flush * 1_000, families }), { level: 1 }));
    const wires = [message(1), message(2)];
    assault.ready();
    await repeatCalls(assault, { gzip: true }, async (call, open) => {
      for (const wire of wires) if (open()) await call.write(wire);
      await sleep(50);
    });
  },
};

/** Flushes that never end: parts of one snapshot time, 25 ms apart, over many streams. */
const scopesTrickle: Attack<IngestTarget> = {
  name: 'scopes-trickle',
  async run(assault) {
    const stream = (pod: number) => {
      let part = 0;
      return repeatCalls(assault, {}, async (call, open) => {
        for (; open(); part++) {
          const families = scopes(120, part * 120);
          await call.write(
            plain(encodeMessage({ node: nodeOf(`rogue-${pod}`), timestamp: 1_000, families })),
          );
          await sleep(25);
        }
      });
    };
    await Promise.all(Array.from({ length: 20 }, (_, pod) => stream(pod)));
  },
};

/** As many scopes as a flush may have, as fast as ingest takes them. */
const scopesCpu: Attack<IngestTarget> = {
  name: 'scopes-cpu',
  async run(assault) {
    const families = scopes(1_000);
    const stream = async (pod: number) => {
      const node = nodeOf(`rogue-${pod}`);
      const wires = Array.from({ length: 50 }, (_, i) =>
        packed(gzipSync(encodeMessage({ node, timestamp: (i + 1) * 1_000, families }), { level: 1 })),
      );
      assault.ready();
      await repeatCalls(assault, { gzip: true }, async (call, open) => {
        for (let i = 0; open(); i++) {
          await call.write(wires[i % wires.length] ?? Buffer.alloc(0));
          await turn();
        }
      });
    };
    await Promise.all([0, 1, 2].map(stream));
  },
};

/** A record is fresh for at most 5 minutes and expires 30 s after that. */
const MAX_EXPIRY_MS = 330_000;

/** Reports a record of the rogue that lives longer than allowed. */
async function lookForImmortals({ target, broken, got }: Assault<IngestTarget>, pods: readonly string[]) {
  using admin = openAdmin(target.valkeyPort);
  for (const pod of pods) {
    const expiry = await admin.redis.pttl(headKey('activescale', 'evil', recordName(pod, ROGUE)));
    got(expiry > 0 ? 'record that expires' : 'no record');
    if (expiry > MAX_EXPIRY_MS) broken(`the record of ${pod} expires only after ${expiry} ms`);
    if (expiry === -1) broken(`the record of ${pod} never expires`);
  }
}

/** Each interval is one and a half times as long as the one before, by the sender's clock. */
const growing = (count: number) =>
  Array.from({ length: count }, (_, i) => Math.floor(1_700_000_000_000 + 2_000 * (1.49 ** i - 1)));

const TIMES: Readonly<Record<string, readonly number[]>> = {
  growing: growing(50),
  future: [4e12, 4.1e12, 4.2e12],
  absurd: [2 ** 52, 0, -1, 2 ** 53 - 1, 1],
  backwards: [1_700_000_300_000, 1_700_000_000_000, 1_600_000_000_000],
  leaps: [1_700_000_000_000, 1_700_000_299_000, 1_700_000_598_000, 1_700_000_897_000],
};

const timestamps: Attack<IngestTarget> = {
  name: 'timestamps',
  async run(assault) {
    const push = async (pod: string, times: readonly number[]) => {
      await using call = callTo(assault);
      for (let i = 0; !assault.signal.aborted; i++) {
        const timestamp = times[Math.min(i, times.length - 1)] ?? 0;
        const message = { node: nodeOf(pod), timestamp, families: scopes(1) };
        await call.write(plain(encodeMessage(message)));
        await sleep(30);
      }
      await lookForImmortals(assault, [pod]);
    };
    await Promise.all(Object.entries(TIMES).map(([pod, times]) => push(pod, times)));
  },
};

export const flushAttacks: readonly Attack<IngestTarget>[] = [
  scopesAtOnce,
  scopesTrickle,
  scopesCpu,
  timestamps,
];
