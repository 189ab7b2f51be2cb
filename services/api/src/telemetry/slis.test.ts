import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSlis } from './slis.ts';

test('shows the result of each check, and counts the results of all scrapes', async () => {
  let trouble: string | undefined;
  const slis = createSlis([
    { name: 'store', probes: ['readyz'], severity: 'warn', check: () => trouble },
    { name: 'log', probes: ['livez', 'readyz'], severity: 'fail', check: () => undefined },
  ]);
  const values = async () => (await slis.metrics()).split('\n').filter((line) => line.includes('"store"'));
  assert.deepEqual(await values(), [
    'kubernetes_healthcheck{name="store",type="readyz"} 1',
    'kubernetes_healthchecks_total{name="store",status="success",type="readyz"} 1',
  ]);
  trouble = 'Valkey is down';
  assert.deepEqual(await values(), [
    'kubernetes_healthcheck{name="store",type="readyz"} 0',
    'kubernetes_healthchecks_total{name="store",status="success",type="readyz"} 1',
    'kubernetes_healthchecks_total{name="store",status="error",type="readyz"} 1',
  ]);
  const all = await slis.metrics();
  assert.match(all, /^# HELP kubernetes_healthcheck \[STABLE\] This metric records/m);
  for (const type of ['healthz', 'livez', 'readyz']) {
    for (const name of ['ping', 'log']) {
      assert.ok(all.includes(`kubernetes_healthcheck{name="${name}",type="${type}"} 1`), `${name} ${type}`);
    }
  }
});
