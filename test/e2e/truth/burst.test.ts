import assert from 'node:assert/strict';
import test from 'node:test';
import { burst, until } from '@activescale/devkit';
import { startPod, startStack } from '../stack.ts';
import { readStore, recordsOf, valuesOf } from './served.ts';

const namespace = 'shop';
/** How many in flight the largest flush must show: 100 requests of 200 ms make 4 over 5 s and 20 over 1 s. */
const CASES = [
  { flush: '1s', least: 20 },
  { flush: '5s', least: 4 },
];

for (const { flush, least } of CASES) {
  test(`a burst within a flush of ${flush} is at least ${least} in flight, though each gauge was 0`, async (t) => {
    await using stack = await startStack();
    await using store = await readStore(stack);
    const name = 'web-0';
    await using pod = await startPod({ pod: name, namespace, sinkPort: stack.ingest.grpcPort, flush });
    const record = async () => (await recordsOf(store, namespace, [name])).get(name);
    const flushes = async () => (await record())?.slots.length ?? 0;
    await fetch(`http://127.0.0.1:${pod.envoy.port}/`); // the gauge is in use
    const nextFlush = async () => {
      const before = await flushes();
      await until(async () => (await flushes()) > before, { what: 'a flush', every: 5, deadline: 30_000 });
    };
    await nextFlush();
    await nextFlush();
    await using load = burst({ port: pod.envoy.port, count: 100, withinMs: 10, path: '/?delay=200' });
    assert.equal((await load.finished).answered, 100);
    await nextFlush();

    const slots = (await record())?.slots ?? [];
    assert.deepEqual([...new Set(slots.map(({ active }) => active))], [0]);
    const started = slots.reduce((sum, { started }) => sum + started, 0);
    assert.ok(started === 100 || started === 101, `${started} requests`); // the first may be in the first flush
    const max = (await valuesOf(stack.query, namespace, 'active_requests_max_1m'))[name] ?? 0;
    t.diagnostic(`largest: ${max}`);
    assert.ok(max >= least, `${max} under ${least}`);
    assert.ok(max <= 100, `${max} of 100 requests`);
  });
}
