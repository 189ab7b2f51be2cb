import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '@activescale/devkit';
import { status } from '@grpc/grpc-js';
import { metric } from './admin.ts';
import { openStream } from './client.ts';
import { anonymousFlush, flushOf } from './messages.ts';
import { startStack } from './stack.ts';
import { startWitness } from './witness.ts';

const namespace = 'shop';
/** A gauge that is taken below zero wraps to 2^64 less a little. */
const WRAPPED = 2 ** 64 - 1000;
const notNumbersOfRequests = [NaN, Infinity, -Infinity, -1, WRAPPED];

test('a flush whose gauge is no number of requests is counted and never stored, its stream goes on', async (t) => {
  await using stack = await startStack();
  const { ingest, query } = stack;
  await using witness = startWitness(stack);
  let bad = 0;
  const counted = async () =>
    (await metric(ingest, 'activescale_ingest_refused_total{reason="invalid_gauge"}')) === bad;
  for (const [index, active] of notNumbersOfRequests.entries()) {
    await t.test(`${active}`, { timeout: 60_000 }, async () => {
      const pod = `web-${index}`;
      await using stream = openStream(ingest.grpcPort);
      stream.push(flushOf({ namespace, pod, active, flush: 1 }));
      bad++;
      await until(counted, { what: 'the flush to be counted' });
      await witness.goesOn();
      assert.equal((await query.ask(namespace, pod)).status, 404);

      stream.push(flushOf({ namespace, pod, active: 3, flush: 2 }));
      const right = async () => (await query.ask(namespace, pod)).values[pod] === '3';
      await until(right, { what: 'the next flush, which is right' });
      stream.push(flushOf({ namespace, pod, active, flush: 3 }));
      bad++;
      stream.end();
      assert.equal(await stream.status, status.OK);
      await until(counted, { what: 'the flush to be counted' });
      await witness.goesOn();
      assert.deepEqual((await query.ask(namespace, pod)).values, { [pod]: '3' });
    });
  }
});

test('messages without an identity are counted, and their stream goes on', { timeout: 60_000 }, async () => {
  await using stack = await startStack();
  const { ingest } = stack;
  await using witness = startWitness(stack);
  await using stream = openStream(ingest.grpcPort);
  const dropped = () => metric(ingest, 'activescale_ingest_messages_dropped_by_ids_total');
  for (const count of [1, 2]) {
    stream.push(anonymousFlush());
    await until(async () => (await dropped()) === count, { what: 'the message to be counted' });
    await witness.goesOn();
  }
  assert.equal(await metric(ingest, 'activescale_ingest_streams'), 2);
  stream.end();
  assert.equal(await stream.status, status.OK);
});
