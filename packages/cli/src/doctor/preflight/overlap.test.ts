import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue } from '@activescale/metrics';
import { overlap } from './overlap.ts';

test('metrics of another adapter with the names of ours are listed once, others are not', () => {
  const service = 'v1beta1.custom.metrics.k8s.io';
  const named = ['pods/requests_per_second', 'namespaces/requests_per_second', 'pods/queue_length'];
  const [finding, ...others] = overlap(service, named, builtInCatalogue);
  assert.match(
    finding?.problem ?? '',
    /^its server also has requests_per_second: activescale will answer it/,
  );
  assert.equal(finding?.code, 'ASC721');
  assert.deepEqual(others, []);
  assert.deepEqual(overlap(service, ['pods/queue_length', 'jobs.batch/other'], builtInCatalogue), []);
});
