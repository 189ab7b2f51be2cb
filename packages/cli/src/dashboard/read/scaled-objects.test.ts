import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue } from '@activescale/metrics';
import { questionOfTrigger } from './scaled-objects.ts';

const TARGET = { type: 'AverageValue', milli: 10_000 };

function question(metadata: Record<string, string>, type = 'external-push') {
  return questionOfTrigger({ type, metadata: { target: '10', ...metadata } }, builtInCatalogue);
}

test('a trigger on demand is a query for its destination', () => {
  assert.deepEqual(question({ metric: 'demand_requests', service: 'web', port: '80' }), {
    metric: 'demand_requests',
    target: TARGET,
    type: 'External',
    selector: [
      { key: 'service', operator: '=', values: ['web'] },
      { key: 'port', operator: '=', values: ['80'] },
    ],
  });
});

test('a trigger on a workload is a query for that object', () => {
  const found = question(
    { metric: 'active_requests_mean_1m', workload: 'deploy/web', over: '30s' },
    'external',
  );
  assert.deepEqual(found, {
    metric: 'active_requests_mean_1m',
    target: TARGET,
    type: 'Object',
    selector: [{ key: 'over', operator: '=', values: ['30s'] }],
    describedObject: { apiVersion: 'apps/v1', kind: 'deployments', name: 'web' },
  });
});

test('a trigger on a selector is a query for its pods', () => {
  const found = question({ metric: 'active_requests', selector: 'app=web' });
  assert.deepEqual(found?.selector, [{ key: 'app', operator: '=', values: ['web'] }]);
});

test('a trigger of another scaler, with an unknown metric or an invalid target is not ours', () => {
  assert.equal(question({ metric: 'active_requests', selector: 'app=web' }, 'cron'), undefined);
  assert.equal(question({ metric: 'queue_length', selector: 'app=web' }), undefined);
  assert.equal(question({ metric: 'active_requests', selector: 'app=web', target: 'many' }), undefined);
  assert.equal(question({ metric: 'active_requests' }), undefined);
});
