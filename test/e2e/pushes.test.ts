import assert from 'node:assert/strict';
import test from 'node:test';
import { type EnvoyOptions, holdOpen, until } from '@activescale/devkit';
import { startPod, startStack } from './stack.ts';

const namespace = 'shop';

/** How an Envoy's sink may be configured: every spelling must give the same answers. */
const sinks: readonly { name: string; options: Partial<EnvoyOptions> }[] = [
  { name: 'default settings', options: {} },
  { name: 'batch_size 1', options: { batchSize: 1 } },
  { name: 'batch_size 7', options: { batchSize: 7 } },
  { name: "tags as labels in Envoy's spelling", options: { tagsAsLabels: 'envoy' } },
  { name: "tags as labels in Istio's spelling", options: { tagsAsLabels: 'istio' } },
  { name: 'counters as deltas', options: { deltas: true } },
];

test('ten requests held open are answered as "10" at the flush after they began, then as "0"', async (t) => {
  await using stack = await startStack();
  for (const [index, { name, options }] of sinks.entries()) {
    await t.test(`with ${name}`, async (t) => {
      const pod = `web-6f7c9d-${index}`;
      await using running = await startPod({ pod, namespace, sinkPort: stack.ingest.grpcPort, ...options });
      const { envoy, upstream } = running;
      const value = async () => (await stack.query.ask(namespace, pod)).values[pod];

      await using load = holdOpen({ port: envoy.port, count: 10 });
      await until(() => upstream.inFlight() === 10, { what: 'ten requests behind Envoy' });
      const held = performance.now();
      await until(async () => (await value()) === '10', { what: 'the answer 10', every: 5 });
      const delay = performance.now() - held;
      t.diagnostic(`${name}: held to answered in ${Math.round(delay)} ms, with a flush of 1 s`);

      upstream.release();
      assert.equal((await load.finished).answered, 10);
      const released = performance.now();
      await until(async () => (await value()) === '0', { what: 'the answer 0', every: 5 });
      t.diagnostic(`${name}: released to answered in ${Math.round(performance.now() - released)} ms`);
    });
  }
});
