import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@activescale/devkit';
import { metric } from './admin.ts';
import { openStream } from './client.ts';
import { flushOf } from './messages.ts';
import { startStack } from './stack.ts';

const namespace = 'shop';
const PODS = 50;
const FLUSHES = 100;

test('an ingest that could not run for a while goes on with the newest flush of each pod, and says what it skipped', {
  timeout: 60_000,
}, async (t) => {
  await using stack = await startStack({ ingest: { LOG_METRICS_SUMMARY_INTERVAL: '500ms' } });
  const { ingest, query } = stack;
  const streams = Array.from({ length: PODS }, () => openStream(ingest.grpcPort));
  const push = (flush: number) => {
    for (const [i, stream] of streams.entries()) {
      stream.push(flushOf({ namespace, pod: `web-${i}`, active: flush, flush }));
    }
  };
  push(1);
  const all = async (value: number) => {
    const { values } = await query.ask(namespace, '*');
    return Object.values(values).filter((each) => each === String(value)).length === PODS;
  };
  await until(() => all(1), { what: 'the first flush of each pod' });

  ingest.kill('SIGSTOP');
  for (let flush = 2; flush <= FLUSHES; flush++) {
    push(flush);
    await sleep(1); // as separate writes
  }
  ingest.kill('SIGCONT');
  await until(() => all(FLUSHES), { what: 'the newest flush of each pod' });
  const skipped = await metric(ingest, 'activescale_ingest_flushes_skipped_total');
  const flushes = await metric(ingest, 'activescale_ingest_flushes_total');
  t.diagnostic(`${skipped} of ${PODS * FLUSHES} flushes skipped`);
  assert.ok(skipped > 0);
  assert.equal(skipped + flushes, PODS * FLUSHES, 'none is lost without a word');
  assert.equal(await metric(ingest, 'activescale_ingest_messages_total'), PODS * FLUSHES);
  const said = await ingest.line((line) => {
    const { msg, skipped = 0 } = line.startsWith('{') ? JSON.parse(line) : {};
    return msg === 'summary' && skipped > 0 ? skipped : undefined;
  }, 'a summary that says so');
  assert.ok(said > 0);
  for (const stream of streams) await stream[Symbol.asyncDispose]();
});
