import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@activescale/devkit';
import { type Bench, readyz, startStandalone, V1BETA2 } from './api.ts';

const PATH = `${V1BETA2}/namespaces/shop/pods/*/active_requests`;
const DOWN =
  '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the metrics store is unavailable","reason":"ServiceUnavailable","code":503}\n';

/** Both what the HPA gets and what discovery gets, while the store is away. */
async function assertDown(bench: Bench): Promise<void> {
  const asked = performance.now();
  const { status, body, headers } = await bench.get(PATH);
  const took = performance.now() - asked;
  assert.deepEqual([status, body], [503, DOWN]);
  assert.equal(headers['retry-after'], undefined);
  assert.ok(took < 1_000, `answered after ${took} ms`);
  for (const path of ['/apis', V1BETA2]) assert.equal((await bench.get(path)).status, 200);
}

test('without Valkey: 503 within a second, discovery goes on, ready with a warning; and all is well once it is back', async () => {
  await using bench = await startStandalone();
  await bench.put({ name: 'pod-a', active: 3 });
  assert.equal((await bench.get(PATH)).status, 200);

  await bench.valkey.stop();
  await assertDown(bench);
  const probe = await fetch(`http://127.0.0.1:${bench.api.adminPort}/readyz`);
  assert.equal(probe.status, 200);
  assert.match(await probe.text(), /\[!\]store warning: Valkey is down/);

  await bench.valkey.restart();
  await until(async () => !(await readyz(bench.api)).includes('[!]'), {
    what: 'the connection to come back',
  });
  const { status, body } = await bench.get(PATH);
  assert.deepEqual([status, JSON.parse(body).items], [200, []]);
  const changes = () => {
    const states = bench.api.logs().match(/"msg":"Valkey is (up|down)/g);
    assert.deepEqual(states, ['"msg":"Valkey is up', '"msg":"Valkey is down', '"msg":"Valkey is up']);
    return true;
  };
  await until(changes, { what: 'a line for each change' });
});

test('a Valkey that does not answer is no different', async () => {
  await using bench = await startStandalone();
  await bench.put({ name: 'pod-a', active: 3 });
  bench.valkey.kill('SIGSTOP');
  try {
    await assertDown(bench);
  } finally {
    bench.valkey.kill('SIGCONT');
  }
});
