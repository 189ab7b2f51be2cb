import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StatusError } from '../http/status-error.ts';
import { receivedList } from './backend-answer.ts';
import type { BackendResponse } from './backend-client.ts';
import { BackendError } from './backend-error.ts';

const EXPECTED = {
  kind: 'ExternalMetricValueList',
  group: 'external.metrics.k8s.io',
  version: 'v1beta1',
} as const;

function answer(status: number, body: string | Buffer, type = 'application/json'): BackendResponse {
  return { status, headers: { 'content-type': type }, body: Buffer.from(body) };
}

const LIST =
  '{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","items":[{},{}]}';

test('a list of the requested kind and version is passed on byte by byte', () => {
  const { body, items } = receivedList(answer(200, LIST), EXPECTED, 'a/b');
  assert.deepEqual([body.toString(), items], [LIST, 2]);
  assert.equal(receivedList(answer(200, LIST, 'application/json; charset=utf-8'), EXPECTED, 'a/b').items, 2);
});

test('a long message of the backend is cut, and an invalid reason is omitted', () => {
  const status = JSON.stringify({
    kind: 'Status',
    message: 'x'.repeat(5_000),
    reason: 'not a word',
    code: 200,
  });
  const { status: passed } = errorOf(answer(400, status)) as StatusError;
  assert.deepEqual(passed, { code: 400, message: 'x'.repeat(1_000) });
});

test('any answer of a backend is a list, an error with a status, or unusable', () => {
  const part = fc.oneof(
    fc.constantFrom(LIST, '{}', '[]', 'null', '{"kind":"Status","message":{}}', '\ufeff{}', '"', ''),
    fc.json(),
    fc.string({ unit: 'binary' }),
  );
  const status = fc.oneof(
    fc.constantFrom(200, 204, 301, 400, 401, 404, 429, 500, 503, 508),
    fc.integer({ min: 100, max: 999 }),
  );
  const type = fc.constantFrom('application/json', 'text/plain', '');
  fc.assert(
    fc.property(status, part, type, (code, body, named) => {
      const error = errorOf(answer(code, body, named));
      if (error === undefined) assert.deepEqual([code, body], [200, LIST]);
      else if (error instanceof StatusError) assert.ok(error.status.code >= 400 && error.status.code <= 503);
      else assert.ok(error instanceof BackendError);
    }),
    { numRuns: 2_000 },
  );
});

test('a byte order mark, another type of body or another type of items is refused', () => {
  const items = LIST.replace('[{},{}]', '"{}{}"');
  assert.match(String(errorOf(answer(200, `\ufeff${LIST}`))), /its answer is not valid JSON/);
  assert.match(String(errorOf(answer(200, LIST, 'text/plain'))), /its answer is not application\/json/);
  assert.match(String(errorOf(answer(200, items))), /its answer is no ExternalMetricValueList of/);
});

test('a body that is not UTF-8 is not valid JSON', () => {
  const broken = Buffer.concat([Buffer.from('{"kind":"'), Buffer.from([0xff]), Buffer.from('"}')]);
  assert.match(String(errorOf(answer(200, broken))), /its answer is not valid JSON/);
});

/** undefined: there was none. */
function errorOf(received: BackendResponse): unknown {
  try {
    receivedList(received, EXPECTED, 'a/b');
    return undefined;
  } catch (error) {
    return error;
  }
}
