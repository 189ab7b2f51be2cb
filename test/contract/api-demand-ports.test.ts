import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startStandalone } from './api.ts';
import { demandRecord, gateway, restRecord } from './demand-records.ts';

test('what a source reports of all ports together is no 0 at one of them', async () => {
  await using bench = await startStandalone({ EXTERNAL_METRICS: 'true' });
  const source = gateway('gw-1');
  await bench.put(
    demandRecord('service', 'web', source, { port: '', active: 5 }),
    restRecord('service', source),
  );
  const values = async (selector: string): Promise<readonly string[]> => {
    const query = `labelSelector=${encodeURIComponent(selector)}`;
    const path = `/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/demand_requests?${query}`;
    return JSON.parse((await bench.get(path)).body).items.map(({ value }: { value: string }) => value);
  };
  assert.deepEqual(await values('service=web,port=80'), []);
  assert.deepEqual(await values('service=web'), ['5']);
  assert.deepEqual(await values('service=other,port=80'), ['0']);
});
