import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiscoveredGroup } from '@activescale/protocol/kubernetes';
import { discoveredMetrics } from './discovered-metrics.ts';
import { createMergedGroups, mergedGroups } from './merged-groups.ts';

const CUSTOM: DiscoveredGroup = {
  name: 'custom.metrics.k8s.io',
  versions: ['v1beta2', 'v1beta1'],
  kind: 'MetricValueList',
  resources: [
    { resource: 'pods', metric: 'active_requests', namespaced: true },
    { resource: 'namespaces', metric: 'active_requests', namespaced: false },
  ],
};
const EXTERNAL: DiscoveredGroup = {
  name: 'external.metrics.k8s.io',
  versions: ['v1beta1'],
  kind: 'ExternalMetricValueList',
  resources: [{ resource: 'active_requests', namespaced: true }],
};

/** What a group lists in addition, as text. */
function added(group: DiscoveredGroup, names: readonly (readonly [string, boolean])[]): string[] {
  const entries = names.map(([name, namespaced]) => ({ name, namespaced }));
  const theirs = discoveredMetrics(entries, group === EXTERNAL);
  const [merged] = mergedGroups([group], new Map([[group.name, theirs]]));
  assert.deepEqual(merged?.resources.slice(0, group.resources.length), group.resources, 'ours come first');
  return merged.resources
    .slice(group.resources.length)
    .map(({ resource, metric }) => (metric === undefined ? resource : `${resource}/${metric}`));
}

test('their metrics follow ours, sorted, each once', () => {
  const names = [
    ['services/b', true],
    ['pods/z', true],
    ['jobs.batch/a:rate_5m', true],
    ['pods/z', true],
  ] as const;
  assert.deepEqual(added(CUSTOM, names), ['jobs.batch/a:rate_5m', 'pods/z', 'services/b']);
});

test('a metric with the same name as ours is not listed for any resource', () => {
  assert.deepEqual(
    added(CUSTOM, [
      ['pods/active_requests', true],
      ['jobs.batch/active_requests', true],
      ['pods/x', true],
    ]),
    ['pods/x'],
  );
  assert.deepEqual(
    added(EXTERNAL, [
      ['Active_Requests', true],
      ['s0-queue', true],
    ]),
    ['s0-queue'],
  );
});

test('a resource has one scope, ours if we list it', () => {
  assert.deepEqual(
    added(CUSTOM, [
      ['pods/x', false],
      ['namespaces/x', true],
      ['namespaces/y', false],
      ['nodes/a', false],
      ['nodes/b', true],
    ]),
    ['namespaces/y', 'nodes/a'],
  );
});

test('entries that no client can query, and the placeholder for no metrics, are omitted', () => {
  const odd = [
    'pods',
    'pods/',
    '/x',
    'pods/a/b',
    'pods/a b',
    'pods/%2F',
    'PODS/x',
    'pods/\u0000',
    '/custommetrics',
  ];
  assert.deepEqual(
    added(
      CUSTOM,
      odd.map((name) => [name, true]),
    ),
    [],
  );
  assert.deepEqual(
    added(EXTERNAL, [
      ['externalmetrics', true],
      ['a/b', true],
      ['', true],
    ]),
    [],
  );
  assert.deepEqual(
    discoveredMetrics([null, 1, 'pods/x', {}, { name: 'pods/x' }, { name: 1, namespaced: true }], false),
    [],
  );
});

test('at most 10,000 of them are listed, the same ones in any order', () => {
  const entries = Array.from({ length: 20_000 }, (_, i) => ({ name: `pods/m${i}`, namespaced: true }));
  const found = discoveredMetrics(entries, false);
  assert.equal(found.length, 10_000);
  assert.deepEqual(discoveredMetrics(entries.toReversed(), false), found);
});

test('the same object is served until one of the two lists changes', () => {
  let own = [CUSTOM];
  let others = new Map([[CUSTOM.name, discoveredMetrics([{ name: 'pods/x', namespaced: true }], false)]]);
  const groups = createMergedGroups(
    () => own,
    () => others,
  );
  const first = groups();
  assert.equal(groups(), first);
  own = [...own];
  const second = groups();
  assert.notEqual(second, first);
  others = new Map();
  assert.notEqual(groups(), second);
  assert.deepEqual(groups(), [CUSTOM]);
});
