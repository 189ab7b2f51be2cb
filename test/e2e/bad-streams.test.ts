import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { until } from '@activescale/devkit';
import { encodeMessage, type Json } from '@activescale/protocol/testing';
import { status } from '@grpc/grpc-js';
import { metric, residentMegabytes } from './admin.ts';
import { frame, openRawStream, openStream, type Stream } from './client.ts';
import { flushOf } from './messages.ts';
import { startStack } from './stack.ts';
import { startWitness } from './witness.ts';

interface BadStream {
  readonly what: string;
  /** Opens a stream and sends what is bad. */
  readonly send: (port: number) => Stream;
  /** How the stream is answered, and under which reason it is counted. */
  readonly code: status;
  readonly reason: string;
}

const pushing = (message: () => Buffer) => (port: number) => {
  const stream = openStream(port);
  stream.push(message());
  return stream;
};

const compressed = (encoding: string, message: () => Buffer) => (port: number) => {
  const stream = openRawStream(port, { 'grpc-encoding': encoding });
  stream.push(frame(message(), true));
  return stream;
};

/** 1 GB of zeros in 1 MB: gzip takes members one after another. */
const bomb = Buffer.concat(Array(16).fill(gzipSync(Buffer.alloc(64 * 1024 * 1024))));

/** The same bytes each time. */
const random = (seed: number) =>
  Buffer.concat(Array.from({ length: 64 }, (_, index) => sha512(`${seed} ${index}`)));
const sha512 = (text: string) => createHash('sha512').update(text).digest();

const badNames: readonly { pod?: string; namespace?: string; what: string }[] = [
  { what: 'a pod name with ":"', pod: 'web:0' },
  { what: 'a pod name with "{"', pod: 'web{0}' },
  { what: 'a pod name with a newline', pod: 'web\n0' },
  { what: 'a pod name of 300 characters', pod: 'w'.repeat(300) },
  { what: 'a namespace with ":"', namespace: 'shop:head' },
  { what: 'a namespace with "{"', namespace: '{shop}' },
  { what: 'a namespace with a newline', namespace: 'shop\r\nDEL x' },
  { what: 'a namespace of 300 characters', namespace: 's'.repeat(300) },
];

/** A node that names no pod, with metadata as large as its sender likes. */
const identifierOf = (A: Json) =>
  encodeMessage({ node: { id: 'x', metadata: { A } }, timestamp: 0, families: [] });

const badStreams: readonly BadStream[] = [
  ...[1, 2, 3].map((seed) => ({
    what: `random bytes, seed ${seed}`,
    send: pushing(() => random(seed)),
    code: status.INVALID_ARGUMENT,
    reason: 'malformed',
  })),
  {
    what: 'a message that breaks off',
    send: pushing(() => flushOf({ namespace: 'shop', pod: 'web-0', active: 1, flush: 1 }).subarray(0, -1)),
    code: status.INVALID_ARGUMENT,
    reason: 'malformed',
  },
  {
    what: 'node metadata of 200,000 empty values',
    send: compressed('gzip', () => gzipSync(identifierOf(Array(200_000).fill('')))),
    code: status.RESOURCE_EXHAUSTED,
    reason: 'identifier_size',
  },
  {
    what: 'node metadata of 10,000 empty values',
    send: pushing(() => identifierOf(Array(10_000).fill(''))),
    code: status.RESOURCE_EXHAUSTED,
    reason: 'identifier_size',
  },
  {
    what: 'an identifier of 600 kB',
    send: pushing(() => identifierOf('x'.repeat(600_000))),
    code: status.RESOURCE_EXHAUSTED,
    reason: 'identifier_size',
  },
  {
    what: 'a stat with 50,000 labels',
    send: compressed('gzip', () => {
      const labels = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`${i}`, '']));
      const { name, gauge } = { name: 'http.inbound_0.0.0.0_8080;.downstream_rq_active', gauge: 1 };
      const node = { id: 'sidecar~10.1.0.7~web-0.shop~shop.svc.cluster.local' };
      return gzipSync(encodeMessage({ node, timestamp: 1, families: [{ name, gauge, labels }] }));
    }),
    code: status.RESOURCE_EXHAUSTED,
    reason: 'message_size',
  },
  {
    what: 'a flush with 2,000 scopes',
    send: pushing(() =>
      encodeMessage({
        node: { id: 'sidecar~10.1.0.7~web-0.shop~shop.svc.cluster.local' },
        timestamp: 1,
        families: Array.from({ length: 2_000 }, (_, i) => ({
          name: `http.inbound_0.0.0.0_${i};.downstream_rq_active`,
          gauge: 1,
        })),
      }),
    ),
    code: status.RESOURCE_EXHAUSTED,
    reason: 'flush_scopes',
  },
  {
    what: 'a message of 40 MB',
    send: pushing(() => Buffer.alloc(40 * 1024 * 1024)),
    code: status.RESOURCE_EXHAUSTED,
    reason: 'too_large',
  },
  {
    what: 'a gzip bomb',
    send: compressed('gzip', () => bomb),
    code: status.RESOURCE_EXHAUSTED,
    reason: 'too_large',
  },
  {
    what: 'a message that says gzip and is not',
    send: compressed('gzip', () => random(1)),
    code: status.INTERNAL,
    reason: 'compression',
  },
  {
    what: 'a compression that nobody knows',
    send: compressed('brotli', () => random(1)),
    code: status.UNIMPLEMENTED,
    reason: 'compression',
  },
  ...badNames.map(({ what, pod = 'web-0', namespace = 'shop' }) => ({
    what,
    send: pushing(() => flushOf({ namespace, pod, active: 1, flush: 1 })),
    code: status.INVALID_ARGUMENT,
    reason: 'identity',
  })),
];

test('an invalid message ends its own stream, is counted once, and affects no other', async (t) => {
  await using stack = await startStack();
  const { ingest } = stack;
  await using witness = startWitness(stack);
  await witness.goesOn();
  for (const { what, send, code, reason } of badStreams) {
    await t.test(what, { timeout: 60_000 }, async () => {
      const sample = `activescale_ingest_refused_total{reason="${reason}"}`;
      const before = await metric(ingest, sample);
      await using bad = send(ingest.grpcPort);
      assert.equal(status[await bad.status], status[code]);
      await witness.goesOn();
      assert.equal(await metric(ingest, sample), before + 1);
      const streams = async () => (await metric(ingest, 'activescale_ingest_streams')) === 1;
      await until(streams, { what: 'the bad stream to be gone' });
    });
  }
});

/** A few messages of the largest size that is taken, and what Node needs for itself. */
const BOUND_MB = 400;

test('messages that are too large, sent or unpacked, leave the memory bounded', {
  timeout: 240_000,
}, async (t) => {
  await using stack = await startStack();
  const { ingest } = stack;
  await using witness = startWitness(stack);
  const large = badStreams.filter(({ reason }) => reason === 'too_large');
  let most = await residentMegabytes(ingest);
  t.diagnostic(`${Math.round(most)} MB at the start`);
  for (let round = 0; round < 8; round++) {
    for (const { send, code } of large) {
      await using bad = send(ingest.grpcPort);
      let answer: number | undefined;
      void bad.status.then((code) => {
        answer = code;
      });
      while (answer === undefined) most = Math.max(most, await residentMegabytes(ingest));
      assert.equal(answer, code);
    }
    await witness.goesOn();
  }
  t.diagnostic(`${Math.round(most)} MB at most`);
  assert.ok(most < BOUND_MB, `${most} MB`);
});
