import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram, Registry } from 'prom-client';
import { createFreshness } from './freshness.ts';

test('writes what an ordinary histogram with the same observations writes', async () => {
  const ordinary = new Registry();
  const fast = createFreshness();
  const slow = new Histogram({
    name: 'metrics_apiserver_metric_freshness_seconds',
    help: '[ALPHA] Freshness of metrics exported',
    labelNames: ['group'],
    buckets: Array.from({ length: 20 }, (_, i) => 1.364 ** i),
    registers: [ordinary],
  });
  assert.equal(await fast.metrics(), await ordinary.metrics());
  for (const group of ['custom.metrics.k8s.io', 'external.metrics.k8s.io']) {
    const count = fast.counter(group);
    for (const age of [-0.5, 0, 0.3, 1, 1.364, 2, 19.9, 364, 365, 10_000]) {
      count(age);
      slow.observe({ group }, age);
    }
  }
  assert.equal(await fast.metrics(), await ordinary.metrics());
});
