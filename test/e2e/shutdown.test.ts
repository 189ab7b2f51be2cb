import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '@activescale/devkit';
import { status } from '@grpc/grpc-js';
import { metric, probe } from './admin.ts';
import { openRawStream, openStreams } from './client.ts';
import { flushOf } from './messages.ts';
import { startStack } from './stack.ts';

const namespace = 'shop';
const STREAMS = 1_000;
const MAX_MS = 5_000;

const shapes = [
  { connections: 1_000, what: 'each on its own connection' },
  { connections: 25, what: 'on 25 connections' },
];

for (const { connections, what } of shapes) {
  test(`SIGTERM to ingest with ${STREAMS} streams, ${what}: all answered OK, what came is stored, exit 0`, {
    timeout: 60_000,
  }, async (t) => {
    await using stack = await startStack();
    const { ingest, query } = stack;
    const perConnection = STREAMS / connections;
    const streams = Array.from({ length: connections }, () =>
      openStreams(ingest.grpcPort, perConnection),
    ).flat();
    for (const [index, stream] of streams.entries()) {
      stream.push(flushOf({ namespace, pod: `web-${index}`, active: index, flush: 1 }));
    }
    const came = async () => (await metric(ingest, 'activescale_ingest_messages_total')) === STREAMS;
    await until(came, { what: 'every message to arrive', every: 1 });
    assert.equal(await metric(ingest, 'activescale_ingest_streams'), STREAMS);

    ingest.kill('SIGTERM');
    const asked = performance.now();
    const codes = await Promise.all(streams.map((stream) => stream.status));
    assert.deepEqual(
      codes.filter((code) => code !== status.OK),
      [],
    );
    assert.equal(await ingest.exited, 0);
    const took = performance.now() - asked;
    t.diagnostic(`gone ${Math.round(took)} ms after SIGTERM`);
    assert.ok(took < MAX_MS, `it took ${took} ms`);

    const { values } = await query.ask(namespace, '*');
    const expected = Object.fromEntries(streams.map((_, index) => [`web-${index}`, String(index)]));
    assert.deepEqual({ ...values }, expected);
  });
}

test('while ingest shuts down it is not ready and says why, and a client that does not leave is left', {
  timeout: 60_000,
}, async (t) => {
  await using stack = await startStack();
  const { ingest } = stack;
  await using lingering = openRawStream(ingest.grpcPort, {}); // answered, it still does not end its side
  const open = async () => (await metric(ingest, 'activescale_ingest_streams')) === 1;
  await until(open, { what: 'the stream' });

  ingest.kill('SIGTERM');
  const asked = performance.now();
  const unready = async () => {
    const { status, body } = await probe(ingest, '/readyz/shutdown');
    return status === 500 && body.includes('shutting down');
  };
  await until(unready, { what: 'readyz to say that it shuts down', every: 1 });
  assert.equal(await ingest.exited, 0);
  t.diagnostic(`gone ${Math.round(performance.now() - asked)} ms after SIGTERM`);
  assert.equal(await lingering.status, status.OK);
});

test('SIGTERM to api with a connection open: exit 0', { timeout: 60_000 }, async () => {
  await using stack = await startStack();
  assert.equal((await stack.query.ask(namespace, '*')).status, 200);
  const asked = performance.now();
  assert.equal(await stack.api.stop(), 0);
  const took = performance.now() - asked;
  assert.ok(took < MAX_MS, `it took ${took} ms`);
});
