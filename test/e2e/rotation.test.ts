import assert from 'node:assert/strict';
import test from 'node:test';
import { holdOpen, until } from '@activescale/devkit';
import { metric } from './admin.ts';
import { startPod, startStack } from './stack.ts';

const namespace = 'shop';
const pod = 'web-6f7c9d-abcde';

test('a real Envoy moves to a new connection at its age, again and again, and no flush is lost', {
  timeout: 60_000,
}, async (t) => {
  await using stack = await startStack({ ingest: { GRPC_MAX_CONNECTION_AGE: '2s' } });
  const { ingest, query } = stack;
  const [rotated, flushes] = ['streams_rotated', 'flushes'].map(
    (name) => () => metric(ingest, `activescale_ingest_${name}_total`),
  ) as [() => Promise<number>, () => Promise<number>];
  await using running = await startPod({ pod, namespace, sinkPort: ingest.grpcPort, flush: '0.5s' });
  await using load = holdOpen({ port: running.envoy.port, count: 4 });
  const value = async () => (await query.ask(namespace, pod)).values[pod];
  await until(async () => (await value()) === '4', { what: 'four requests' });

  const before = await flushes();
  const start = performance.now();
  await until(async () => (await rotated()) >= 3, { what: 'three moves', deadline: 30_000 });
  assert.equal(await value(), '4');
  const expected = (performance.now() - start) / 500;
  const came = (await flushes()) - before;
  t.diagnostic(`${came} flushes in the time of ${expected.toFixed(1)}, over ${await rotated()} moves`);
  // Envoy's timer may be late; a flush lost at each move would be three too few.
  assert.ok(came >= expected - 2, `${came} flushes of ${expected}`);
  await until(async () => (await metric(ingest, 'activescale_ingest_streams')) === 1, { what: 'one stream' });
  running.upstream.release();
  await load.finished;
  await until(async () => (await value()) === '0', { what: 'the requests to be over' });
});
