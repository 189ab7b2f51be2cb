import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StatusError } from '../http/status-error.ts';
import { parseMetricPath } from './metric-path.ts';

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
    '',
    '/',
    'namespaces/ns/pods/p/m/x',
  ]) {
    assert.equal(code(path), 404, path);
  }
  assert.equal(code('namespaces/ns/foo'), 400);
});

test('any path gives what it asks for or a Status', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z/*%.]{0,30}$/), (path) => {
      try {
        assert.notEqual(parseMetricPath(path).metric, '');
      } catch (error) {
        assert.ok(error instanceof StatusError);
      }
    }),
  );
});
