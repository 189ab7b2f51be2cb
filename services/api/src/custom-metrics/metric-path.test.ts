import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { requestInfo } from '../http/request-info.ts';
import { StatusError } from '../http/status-error.ts';
import { parseTarget } from '../http/target.ts';
import { type MetricPath, metricPathOf } from './metric-path.ts';

function parseMetricPath(path: string): MetricPath {
  const info = requestInfo('GET', parseTarget(`/apis/custom.metrics.k8s.io/v1beta2/${path}`));
  return info.kind === 'path' ? assert.fail(`${path} is no resource`) : metricPathOf(info);
}

test('reads the shapes of the custom metrics API', () => {
  const paths = {
    'namespaces/ns/pods/pod-a/m': { namespace: 'ns', resource: 'pods', name: 'pod-a', metric: 'm' },
    'namespaces/ns/pods/*/m/': { namespace: 'ns', resource: 'pods', name: '*', metric: 'm' },
    'namespaces/ns/deployments.apps/web/m': {
      namespace: 'ns',
      resource: 'deployments.apps',
      name: 'web',
      metric: 'm',
    },
    'nodes/n1/m': { namespace: undefined, resource: 'nodes', name: 'n1', metric: 'm' },
    'namespaces/ns/metrics/m': { namespace: undefined, resource: 'namespaces', name: 'ns', metric: 'm' },
    'namespaces/team-a/namespaces/other/m': {
      namespace: 'team-a',
      resource: 'namespaces',
      name: 'other',
      metric: 'm',
    },
    'namespaces/ns/status': { namespace: undefined, resource: 'namespaces', name: 'ns', metric: 'status' },
  };
  for (const [path, expected] of Object.entries(paths)) assert.deepEqual(parseMetricPath(path), expected);
});

test('refuses other shapes with 404, and a resource in a namespace without a name with 400', () => {
  const code = (path: string) => {
    try {
      parseMetricPath(path);
    } catch (error) {
      return error instanceof StatusError ? error.status.code : error;
    }
    return 200;
  };
  for (const path of [
    'pods',
    'nodes/foo',
    'namespaces/ns/pods/p',
    'namespaces/ns/pods//m',
    'a/b/c/d',
    'namespaces//m',
    'namespaces//pods/p/m',
    'watch/namespaces/ns/pods/p',
    'watch/namespaces/ns/pods/p/m',
    'watch/namespaces/ns/metrics/m',
    'watch/pods/p/m',
    'watch/pods/m',
    'proxy/namespaces/ns/status',
    'proxy/pods/p/m',
    'namespaces/ns/pods/p/m/x',
  ]) {
    assert.equal(code(path), 404, path);
  }
  assert.equal(code('namespaces/ns/foo'), 400);
});

test('any path gives what it asks for or a Status', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z/*%.]{0,30}$/), (path) => {
      const info = requestInfo('GET', { path: `/apis/g/v/${path}`, query: new URLSearchParams() });
      fc.pre(info.kind === 'resource');
      try {
        assert.notEqual(metricPathOf(info).metric, '');
      } catch (error) {
        assert.ok(error instanceof StatusError);
      }
    }),
  );
});
