import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsOf, startStandalone, V1BETA2 } from './api.ts';

test('the admin port shows no names and loads of tenants, the secure port does', async () => {
  await using bench = await startStandalone({ EXTERNAL_METRICS: 'true' });
  await bench.put({ namespace: 'bank', name: 'pay-1', labels: { app: 'pay' }, active: 812 });
  const paths = [
    `${V1BETA2}/namespaces/bank/pods/*/active_requests?labelSelector=app%3Dpay`,
    `${V1BETA2}/namespaces/bank/pods/pay-1/active_requests`,
    `${V1BETA2}/namespaces/bank/metrics/active_requests`,
    '/apis/external.metrics.k8s.io/v1beta1/namespaces/bank/active_requests?labelSelector=app%3Dpay',
  ];
  for (const path of paths) {
    const { status, body } = await bench.get(path);
    assert.equal(status, 200, path);
    assert.match(body, /"812"/, path);
  }
  const open = await metricsOf(bench.api);
  assert.match(open, /^activescale_api_queries_total/m);
  assert.doesNotMatch(open, /bank|pay| 812$/m);
  const { status, body } = await bench.get('/metrics');
  assert.equal(status, 200);
  assert.match(body, /^activescale_api_queries_total/m);
  assert.match(body, /^activescale_api_answer_value\{.*namespace="bank".*\} 812$/m);
});
