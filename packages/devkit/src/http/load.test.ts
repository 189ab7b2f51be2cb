import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '../process/until.ts';
import { burst, constantRate, holdOpen, mixed } from './load.ts';
import { startUpstream } from './upstream.ts';

test('held requests are in flight until they are released', async () => {
  await using upstream = await startUpstream();
  await using load = holdOpen({ port: upstream.port, count: 10 });
  await until(() => upstream.inFlight() === 10, { what: '10 requests in flight' });
  assert.ok(upstream.log().every(({ end }) => end === undefined));
  upstream.release();
  assert.deepEqual(await load.finished, { answered: 10, errors: 0, failed: 0 });
  await until(() => upstream.inFlight() === 0, { what: 'none in flight' });
  assert.ok(upstream.log().every(({ start, end }) => end !== undefined && end >= start));
});

test('an upstream that holds keeps requests of any path', async () => {
  await using upstream = await startUpstream();
  upstream.hold();
  await using load = burst({ port: upstream.port, count: 3, withinMs: 1 });
  await until(() => upstream.inFlight() === 3, { what: '3 requests in flight' });
  upstream.release();
  assert.equal((await load.finished).answered, 3);
});

test('a burst sends all its requests, each with its own delay', async () => {
  await using upstream = await startUpstream({ delay: 60_000 });
  let sent = 0;
  await using load = burst({ port: upstream.port, count: 20, withinMs: 50, path: () => `/?delay=${sent++}` });
  assert.deepEqual(await load.finished, { answered: 20, errors: 0, failed: 0 });
  assert.equal(upstream.log().length, 20);
});

test('a constant rate keeps to its number a second and leaves nothing open when it is stopped', async () => {
  await using upstream = await startUpstream({ delay: 5 });
  const load = constantRate({ port: upstream.port, perSecond: 200 });
  await until(() => upstream.log().length >= 100, { what: '100 requests' });
  await load.stop();
  assert.equal(load.open(), 0);
  await until(() => upstream.inFlight() === 0, { what: 'none in flight' });
  const log = upstream.log();
  const seconds = ((log.at(-1)?.start ?? 0) - (log[0]?.start ?? 0)) / 1000;
  assert.ok(Math.abs(log.length / seconds - 200) < 60, `${log.length} requests in ${seconds} s`);
});

test('requests that are cut are counted as failed', async () => {
  await using upstream = await startUpstream();
  const load = holdOpen({ port: upstream.port, count: 2 });
  await until(() => upstream.inFlight() === 2, { what: '2 requests in flight' });
  assert.deepEqual(await load.stop(), { answered: 0, errors: 0, failed: 2 });
});

test('a client without patience cuts its request, and the application sees it end', async () => {
  await using upstream = await startUpstream();
  const load = mixed(upstream.port, [{ due: () => 1, plan: () => ({ path: '/hold', patience: 50 }) }]);
  await until(() => load.report.failed === 1, { what: 'the request to be given up' });
  await until(() => upstream.log()[0]?.end !== undefined, { what: 'its end' });
  await load.stop();
});

test('a WebSocket and an answer in chunks stay open until they are closed', async () => {
  await using upstream = await startUpstream();
  const load = mixed(upstream.port, [
    { due: () => 1, plan: () => ({ path: '/ws', webSocket: true }) },
    { due: () => 1, plan: () => ({ path: '/chunks?delay=60000' }) },
  ]);
  await until(() => upstream.inFlight() === 2 && load.open() === 2, { what: 'both' });
  await load.stop();
  await until(() => upstream.inFlight() === 0, { what: 'none' });
});

test('the application answers with the status that it is asked for', async () => {
  await using upstream = await startUpstream();
  await using load = burst({ port: upstream.port, count: 3, withinMs: 1, path: '/?status=503' });
  assert.deepEqual(await load.finished, { answered: 0, errors: 3, failed: 0 });
});
