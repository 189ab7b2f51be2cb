import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { encodeMessage } from '@activescale/protocol/testing';
import { field } from '@activescale/protocol/testing/wire-bytes';
import { status } from '@grpc/grpc-js';
import type { Assault, Attack, IngestTarget } from '../lib/assault.ts';
import { callTo, gaugeOf, MIB, nodeOf, packed, plain, ROGUE, repeatCalls } from './calls.ts';

// Messages that are many, slow, incomplete, or grow when they are unpacked.

/** An unknown field. */
const ballast = (bytes: number) => field(3, Buffer.alloc(bytes));

/** Writes the same bytes over some streams, as fast as ingest takes them. */
function pour(
  name: string,
  streams: number,
  bytes: (stream: number) => readonly [Buffer, Buffer],
): Attack<IngestTarget> {
  return {
    name,
    async run(assault) {
      const stream = async (index: number) => {
        const [first, rest] = bytes(index);
        const from = `127.0.0.${66 + (index % 3)}`;
        await repeatCalls(assault, { from }, async (call, open) => {
          await call.write(first);
          while (open()) {
            await call.write(rest);
            await turn();
          }
        });
      };
      await Promise.all(Array.from({ length: streams }, (_, index) => stream(index)));
    },
  };
}

const identifier = (pod: string, ip = ROGUE) =>
  plain(encodeMessage({ node: nodeOf(pod, {}, ip), timestamp: 1, families: [] }));
const tiny = plain(encodeMessage({ timestamp: 2, families: [{ name: gaugeOf(8080), gauge: 1 }] }));

/** Five bytes each: 13,000 messages in a write. */
const EMPTY = Buffer.alloc(5 * 13_000);

/** 100 calls that get a byte every few ms. */
const slowBytes: Attack<IngestTarget> = {
  name: 'slow-bytes',
  async run(assault) {
    const calls = Array.from({ length: 100 }, () => callTo(assault));
    const message = identifier('rogue');
    for (let i = 0; !assault.signal.aborted; i++) {
      const at = i % message.length;
      for (const call of calls) call.push(message.subarray(at, at + 1));
      await sleep(5);
    }
    await Promise.all(calls.map((call) => call[Symbol.asyncDispose]()));
  },
};

/** Messages of 32 KB that unpack to 32 MiB, over many streams, which are kept or cancelled while they are unpacked. */
function gzipBombs(name: string, patience: number): Attack<IngestTarget> {
  return {
    name,
    async run(assault) {
      const wire = packed(gzipSync(ballast(31.5 * MIB), { level: 9 }));
      assault.ready();
      while (!assault.signal.aborted) {
        const calls = Array.from({ length: 50 }, () => callTo(assault, { gzip: true }));
        for (const call of calls) call.push(wire);
        await sleep(patience);
        await Promise.all(calls.map((call) => call[Symbol.asyncDispose]()));
      }
    },
  };
}

const HALF_MESSAGES = 60;
/** Until the first messages have been read, in ms. */
const SETTLED_MS = 500;

/**
 * Sixty addresses with half a message each, beside the half of an honest gateway's.
 * @param first what each of them sends before
 */
function halfMessages(name: string, first: (index: number) => Buffer): Attack<IngestTarget> {
  return {
    name,
    async run(assault) {
      const { signal, broken, got } = assault;
      const flush = { node: nodeOf('gateway'), timestamp: 1, families: [{ name: gaugeOf(1), gauge: 5 }] };
      const message = plain(Buffer.concat([encodeMessage(flush), ballast(8 * MIB)]));
      const quiet: Assault<IngestTarget> = { ...assault, got: () => {} };
      await using honest = callTo(quiet);
      void honest.status.then((code) => {
        if (!signal.aborted) broken(`a gateway whose flush arrives was answered ${status[code]}`);
      });
      await honest.write(message.subarray(0, 4 * MIB));
      const half = plain(Buffer.alloc(30 * MIB)).subarray(0, 6 * MIB);
      const calls = Array.from({ length: HALF_MESSAGES }, (_, i) => {
        const call = callTo(assault, { from: `127.0.1.${i + 1}` });
        call.push(first(i));
        return call;
      });
      await sleep(SETTLED_MS);
      for (const call of calls) call.push(half);
      for (let at = 4 * MIB; !signal.aborted; at = Math.min(message.length, at + MIB)) {
        if (at < message.length) await honest.write(message.subarray(at, at + MIB));
        await sleep(100);
      }
      got('half message');
      await Promise.all(calls.map((call) => call[Symbol.asyncDispose]()));
    },
  };
}

/** A stream for each flush. */
const streamChurn: Attack<IngestTarget> = {
  name: 'stream-churn',
  async run(assault) {
    const worker = async (index: number) => {
      for (let i = 0; !assault.signal.aborted; i++) {
        const node = nodeOf(`rogue-${index}-${i}`);
        await using call = callTo(assault);
        await call.write(
          plain(encodeMessage({ node, timestamp: 1, families: [{ name: gaugeOf(1), gauge: 1 }] })),
        );
        await sleep(3);
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, index) => worker(index)));
  },
};

export const messageAttacks: readonly Attack<IngestTarget>[] = [
  pour('tiny-messages', 3, (i) => [identifier(`rogue-${i}`), Buffer.concat(Array(500).fill(tiny))]),
  pour('empty-messages', 40, () => [EMPTY, EMPTY]),
  slowBytes,
  gzipBombs('gzip-bombs-kept', 1_000),
  gzipBombs('gzip-bombs-cancelled', 60),
  halfMessages('half-messages', () => Buffer.alloc(0)),
  halfMessages('half-messages-of-pods', (i) => identifier(`rogue-${i}`, `127.0.1.${i + 1}`)),
  streamChurn,
];
