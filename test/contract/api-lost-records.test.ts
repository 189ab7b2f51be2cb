import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { EVERYWHERE, keptSinceKey } from '@activescale/protocol/record';
import { openAdmin } from '@activescale/store/testing';
import { type Bench, startStandalone, V1BETA2 } from './api.ts';
import { demandRecord, gateway, restRecord } from './demand-records.ts';

// Valkey has lost its records, and those that are written first are not all.

let bench: Bench;
before(async () => {
  bench = await startStandalone();
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  using admin = openAdmin(bench.valkey.port);
  await admin.redis.flushall();
});

/** Marks the server as if it had kept all records for this long, in ms. */
async function keptFor(age: number): Promise<void> {
  using admin = openAdmin(bench.valkey.port);
  await admin.redis.set(keptSinceKey('activescale', 0), Math.round((bench.store.clock.now() ?? 0) - age));
}

async function ask(path: string): Promise<{ readonly value: string | undefined; readonly message: string }> {
  const { body } = await bench.get(`${V1BETA2}/namespaces/shop/${path}`);
  const { items = [], message = '' } = JSON.parse(body);
  return { value: items[0]?.value, message };
}

const LOST =
  /: Valkey has kept all records for less than METRIC_TTL, so nothing proves that the value is complete$/;

for (const [what, metric, records] of [
  [
    'mentions',
    'services/web/demand_requests',
    [demandRecord('service', 'web', gateway('gw-1'), { active: 0 })],
  ],
  [
    'does not mention',
    'services/web/demand_requests_per_second',
    [restRecord('service', gateway('gw-1'), { namespace: EVERYWHERE })],
  ],
] as const)
  test(`a Service that a gateway ${what} is 0 only once all gateways have had the time to push`, async () => {
    await bench.put(...records);
    const { value, message } = await ask(metric);
    assert.deepEqual([value, message.match(LOST)?.length], [undefined, 1], message);
    await keptFor(10_000);
    assert.equal((await ask(metric)).value, undefined);
    await keptFor(30_000);
    assert.equal((await ask(metric)).value, '0');
  });

test('demand above 0 needs no time, because other gateways only add to it', async () => {
  await bench.put(demandRecord('service', 'web', gateway('gw-1'), { active: 3 }));
  assert.equal((await ask('services/web/demand_requests')).value, '3');
});

test('a sum over pods has a value once all of them have had the time to push, and a pod has one at once', async () => {
  await bench.put({ name: 'web-0', active: 0 });
  assert.equal((await ask('metrics/active_requests')).value, undefined);
  assert.equal((await ask('pods/web-0/active_requests')).value, '0');
  await keptFor(30_000);
  assert.equal((await ask('metrics/active_requests')).value, '0');
});

test('a Service is not 0 while a gateway that was seen is silent', async () => {
  await keptFor(60_000);
  await bench.put(
    restRecord('service', gateway('gw-1'), { namespace: EVERYWHERE }),
    restRecord('service', gateway('gw-2'), { namespace: EVERYWHERE, age: 60_000 }),
  );
  const { value, message } = await ask('services/web/demand_requests');
  assert.equal(value, undefined);
  assert.match(message, /: nothing proves 0: edge\/gw-2 exists and is stale$/);
  await bench.put(restRecord('service', gateway('gw-2'), { namespace: EVERYWHERE }));
  assert.equal((await ask('services/web/demand_requests')).value, '0');
});
