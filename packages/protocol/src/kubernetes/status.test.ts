import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  badRequest,
  encodeStatus,
  internalError,
  methodNotAllowed,
  metricNotFound,
  metricNotFoundFor,
  resourceNotFound,
  type Status,
  serviceUnavailable,
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
    metricNotFoundFor('M', 'pods', 'pod-b', 'path=zzz'),
    `${START},"message":"the server could not find the metric M for pods pod-b with selector path=zzz","reason":"NotFound","code":404}`,
  ],
  [
    metricNotFound('M', 'pods'),
    `${START},"message":"the server could not find the metric M for pods","reason":"NotFound","code":404}`,
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
