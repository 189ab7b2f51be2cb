import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue } from '@activescale/metrics';
import type { Autoscaler, MetricSpec } from '../../cluster/autoscaler.ts';
import { replayable } from './replayed-hpa.ts';

const WEB = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const TARGET = { type: 'AverageValue', averageValue: '10' };

function autoscaler(...metrics: readonly MetricSpec[]): Autoscaler {
  return {
    metadata: { namespace: 'shop', name: 'web' },
    spec: { scaleTargetRef: WEB, maxReplicas: 20, metrics },
  };
}

function object(name: string, target: object = TARGET): MetricSpec {
  const typed = target as { readonly type: string };
  return { type: 'Object', object: { describedObject: WEB, metric: { name }, target: typed } };
}

const pods = (name: string): MetricSpec => ({ type: 'Pods', pods: { metric: { name }, target: TARGET } });

test('an HPA is replayed by its loads, of each type, with what a replay needs of it', () => {
  const external: MetricSpec = {
    type: 'External',
    external: { metric: { name: 'Requests_Per_Second' }, target: TARGET },
  };
  const spec = autoscaler(object('active_requests'), pods('active_requests_mean_1m'), external);
  const { hpa, questions } = replayable(spec, builtInCatalogue);
  assert.deepEqual(
    hpa.metrics.map(({ name, type, momentary }) => [name, type, momentary]),
    [
      ['active_requests', 'Object', true],
      ['active_requests_mean_1m', 'Pods', false],
      ['Requests_Per_Second', 'External', false],
    ],
  );
  assert.equal(questions.length, 3);
  const { metrics: _, ...rest } = hpa;
  assert.deepEqual(rest, {
    namespace: 'shop',
    name: 'web',
    target: { kind: 'Deployment', name: 'web' },
    min: 1,
    max: 20,
    behavior: undefined,
  });
});

test('an HPA with a metric that is not a load of its pods is refused with the metric', () => {
  const refused = (message: RegExp, ...metrics: readonly MetricSpec[]) =>
    assert.throws(() => replayable(autoscaler(...metrics), builtInCatalogue), {
      code: 'ERR_REPLAY',
      message,
    });
  const cpu = { type: 'Resource', resource: { name: 'cpu' } };
  refused(
    /^hpa\/web cannot be replayed: cpu \(Resource\) is not a metric of activescale$/,
    object('active_requests'),
    cpu,
  );
  refused(
    /: queue_length \(Pods, averageValue 10\) is not in the catalogue \(METRICS_FILE\)$/,
    pods('queue_length'),
  );
  for (const name of ['request_error_ratio', 'request_duration_seconds_mean', 'request_duration_seconds_p95'])
    refused(/ is not a load that pods share$/, pods(name));
  refused(/ has a target of type Value, /, object('active_requests', { type: 'Value', value: '100' }));
  refused(/: it has 0 metrics \(expected 1 to 10\)$/);
  const wide = autoscaler(object('active_requests'));
  assert.throws(() => replayable({ ...wide, spec: { ...wide.spec, maxReplicas: 1e6 } }, builtInCatalogue), {
    message: /maxReplicas 1000000 is above 100000$/,
  });
});
