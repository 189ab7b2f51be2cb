import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  badRequest,
  encodeStatus,
  externalMetricNotFound,
  forbiddenPath,
  forbiddenResource,
  internalError,
  methodNotAllowed,
  metricNotFound,
  metricNotFoundFor,
  resourceNotFound,
  type Status,
  serviceUnavailable,
  unauthorized,
  watchNotSupported,
} from './status.ts';

const START = '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure"';

const BODIES: readonly (readonly [Status, string])[] = [
  [
    resourceNotFound(),
    `${START},"message":"the server could not find the requested resource","reason":"NotFound","details":{},"code":404}`,
  ],
  [
    metricNotFoundFor('nope', 'pods', 'pod-a'),
    `${START},"message":"the server could not find the metric nope for pods pod-a","reason":"NotFound","code":404}`,
  ],
  [
    metricNotFound('M', 'pods'),
    `${START},"message":"the server could not find the metric M for pods","reason":"NotFound","code":404}`,
  ],
  [
    externalMetricNotFound('M'),
    `${START},"message":"the server could not find the metric M","reason":"NotFound","code":404}`,
  ],
  [
    watchNotSupported('external.metrics.k8s.io', '*'),
    `${START},"message":"watch is not supported on resources of kind \\"*.external.metrics.k8s.io\\"","reason":"MethodNotAllowed","details":{"group":"external.metrics.k8s.io","kind":"*"},"code":405}`,
  ],
  [
    badRequest('invalid request path'),
    `${START},"message":"invalid request path","reason":"BadRequest","code":400}`,
  ],
  [
    methodNotAllowed(),
    `${START},"message":"the server does not allow this method on the requested resource","reason":"MethodNotAllowed","details":{},"code":405}`,
  ],
  [serviceUnavailable('down'), `${START},"message":"down","reason":"ServiceUnavailable","code":503}`],
  [
    internalError('x'),
    `${START},"message":"Internal error occurred: x","reason":"InternalError","details":{"causes":[{"message":"x"}]},"code":500}`,
  ],
  [{ code: 500, message: 'plain' }, `${START},"message":"plain","code":500}`],
];

test('writes each body of the error table byte for byte', () => {
  for (const [status, body] of BODIES) assert.equal(encodeStatus(status).toString(), `${body}\n`);
});

test('escapes as Go does', () => {
  assert.ok(
    encodeStatus(badRequest('a<b>&\u2028 ü "q"')).includes('"a\\u003cb\\u003e\\u0026\\u2028 ü \\"q\\""'),
  );
});

test('any message gives JSON that holds it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (message) => {
      assert.equal(JSON.parse(encodeStatus(badRequest(message)).toString()).message, message);
    }),
  );
});

test('says what a user may not do in the words of Kubernetes', () => {
  const request = {
    verb: 'get',
    group: 'custom.metrics.k8s.io',
    namespace: 'default',
    resource: 'pods',
    subresource: 'active_requests',
    name: '*',
  };
  assert.deepEqual(forbiddenResource('denied-user', request, ''), {
    code: 403,
    reason: 'Forbidden',
    message:
      'pods.custom.metrics.k8s.io "*" is forbidden: User "denied-user" cannot get resource "pods/active_requests" in API group "custom.metrics.k8s.io" in the namespace "default"',
    details: { name: '*', group: 'custom.metrics.k8s.io', kind: 'pods' },
  });
  const external = {
    verb: 'list',
    group: 'external.metrics.k8s.io',
    namespace: '',
    resource: 'queue',
    subresource: '',
    name: '',
  };
  assert.deepEqual(forbiddenResource('a<b>&c', external, 'no & never'), {
    code: 403,
    reason: 'Forbidden',
    message:
      'queue.external.metrics.k8s.io is forbidden: User "a&lt;b&gt;&amp;c" cannot list resource "queue" in API group "external.metrics.k8s.io" at the cluster scope: no & never',
    details: { group: 'external.metrics.k8s.io', kind: 'queue' },
  });
  assert.deepEqual(forbiddenPath('system:anonymous', { verb: 'get', path: '/metrics' }, ''), {
    code: 403,
    reason: 'Forbidden',
    message: 'forbidden: User "system:anonymous" cannot get path "/metrics"',
    details: {},
  });
  assert.equal(
    encodeStatus(unauthorized()).toString(),
    `${START},"message":"Unauthorized","reason":"Unauthorized","code":401}\n`,
  );
});
