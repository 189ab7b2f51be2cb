import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '@activescale/devkit';
import { metric } from './admin.ts';
import { startPod, startStack } from './stack.ts';

const namespace = 'shop';
const METRIC_TTL_MS = 2_000;
/** A busy machine is late by so much at most, in ms. */
const SLACK_MS = 1_000;

const flushes = [
  { flush: 200, fresh: METRIC_TTL_MS, why: 'after METRIC_TTL' },
  { flush: 1_000, fresh: 4_000, why: 'after four flushes, where they are longer than METRIC_TTL' },
];

for (const { flush, fresh, why } of flushes) {
  test(`kill -9 of Envoy: its pod disappears ${why}`, async (t) => {
    await using stack = await startStack({ both: { METRIC_TTL: `${METRIC_TTL_MS}ms` } });
    const pod = 'web-6f7c9d-abcde';
    const sink = { pod, namespace, sinkPort: stack.ingest.grpcPort, flush: `${flush / 1000}s` };
    await using running = await startPod(sink);
    const { envoy } = running;
    const status = async () => (await stack.query.ask(namespace, pod)).status;
    await (await fetch(`http://127.0.0.1:${envoy.port}/`)).text();
    await until(async () => (await status()) === 200, { what: 'the pod to be answered' });
    const flushes = () => metric(stack.ingest, 'activescale_ingest_flushes_total');
    await until(async () => (await flushes()) >= 3, { what: 'flushes that tell their length' });

    envoy.kill('SIGKILL');
    const killed = performance.now();
    await until(async () => (await status()) === 404, { what: 'the pod to disappear', every: 5 });
    const took = performance.now() - killed;
    t.diagnostic(`gone ${Math.round(took)} ms after the kill`);
    // The last flush was up to one flush before the kill, or a little more.
    assert.ok(took > fresh - 1.5 * flush && took < fresh + SLACK_MS, `gone after ${took} ms`);
    assert.deepEqual((await stack.query.ask(namespace, '*')).values, {});
  });
}
