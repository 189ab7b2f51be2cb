import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLabelSelector } from '@activescale/protocol/kubernetes';
import { splitExternalSelector, subjectOf } from './external-selector.ts';

function subject(text: string) {
  return subjectOf(splitExternalSelector(parseLabelSelector(text)));
}

test('without requirements a question is about the namespace, with `workload` about those of the names', () => {
  assert.deepEqual(subject(''), { of: 'namespace' });
  assert.deepEqual(subject('over=30s'), { of: 'namespace' });
  assert.deepEqual(subject('workload=web,over=30s'), { of: 'workloads', names: ['web'] });
  assert.deepEqual(subject('workload==web'), { of: 'workloads', names: ['web'] });
  assert.deepEqual(subject('workload in (web,api)'), { of: 'workloads', names: ['api', 'web'] });
});

test('labels and names of pods are of nothing that could exist without pods', () => {
  for (const text of [
    'app=web',
    'app=web,workload=web',
    'pod=web-1',
    'pod=web-1,workload=web',
    'workload!=web',
    'workload notin (web)',
    'workload',
    '!workload',
    `workload in (${Array.from({ length: 9 }, (_, i) => `web-${i}`)})`,
  ]) {
    assert.equal(subject(text), undefined, text);
  }
});
