import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { continueAfter, parseContinue } from './continue.ts';
import { type NamedRecord, objectName, parseObjectName, subjectOfRecord } from './names.ts';

const own = (recordName: string): NamedRecord => ({ recordName, everywhere: false });

test("a pod's record has its own name, with the verified address", () => {
  for (const name of ['web-1', 'web-1@10.1.0.7', 'web.1@2001:db8::7']) {
    assert.equal(objectName('podrecords', own(name)), name);
    assert.deepEqual(parseObjectName('podrecords', name), own(name));
  }
});

test('a record of demand has a name without slashes, which leads back to it', () => {
  const names: readonly (readonly [NamedRecord, string])[] = [
    [own('service/web/80<edge/gateway-1'), 'service:web:80:edge:gateway-1'],
    [own('service/web/http<edge/gateway-1@10.1.0.7'), 'service:web:http:edge:gateway-1@10.1.0.7'],
    [own('httproute/web.v1/<edge/gateway-1@2001:db8::7'), 'httproute:web.v1::edge:gateway-1@2001:db8::7'],
    [own('rest/grpcroute<shop/gateway-1'), 'rest:grpcroute:shop:gateway-1'],
    [{ recordName: 'rest/service<edge/gw', everywhere: true }, 'everywhere:service:edge:gw'],
  ];
  for (const [record, name] of names) {
    assert.equal(objectName('destinationrecords', record), name);
    assert.deepEqual(parseObjectName('destinationrecords', name), record);
  }
});

test('a name that is not written as api writes it leads to no record', () => {
  const of = {
    podrecords: ['', '..', 'a/b', 'Web-1', 'web-1@', 'web-1@10.1.0.07', 'web-1@10.1.0.7@x', 'a<b/c'],
  };
  for (const name of of.podrecords) assert.equal(parseObjectName('podrecords', name), undefined, name);
  for (const name of [
    'web-1',
    'service:web:80:edge:gateway-1@10.1.0.7@x',
    'service:web:80:edge:gateway-1@',
    'service:web:80:edge:gateway-1@2001:DB8::7',
    'service:web:80:edge',
    'service:web:80:edge:gateway-1:x',
    'service:web/x:80:edge:gateway-1',
    'service::80:edge:gateway-1',
    'pod:web:80:edge:gateway-1',
    'rest:pod:edge:gateway-1',
    'rest:service:80:edge:gateway-1',
    'rest:service:*:gateway-1',
  ])
    assert.equal(parseObjectName('destinationrecords', name), undefined, name);
});

test('each name is read as one record at most, and each record that has a name is read by it', () => {
  const part = fc.constantFrom(
    'service',
    'rest',
    'everywhere',
    'web',
    'a.b',
    '80',
    '',
    '@',
    '10.1.0.7',
    '::1',
    '<',
    '/',
    ':',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.boolean(), (parts, everywhere) => {
      for (const resource of ['podrecords', 'destinationrecords'] as const) {
        for (const text of [parts.join(''), parts.join(':')]) {
          const read = parseObjectName(resource, text);
          if (read !== undefined) assert.equal(objectName(resource, read), text);
          const record = { recordName: text, everywhere };
          const name = objectName(resource, record);
          if (name !== undefined) assert.deepEqual(parseObjectName(resource, name), record);
        }
      }
    }),
    { numRuns: 5_000 },
  );
});

test('the subject of a record is its pod, its destination, or what its source does not mention', () => {
  assert.equal(subjectOfRecord('podrecords', 'web-1@10.1.0.7'), 'web-1');
  assert.equal(subjectOfRecord('destinationrecords', 'service/web/80<edge/gateway-1'), 'service/web');
  assert.equal(subjectOfRecord('destinationrecords', 'rest/service<edge/gateway-1'), 'rest/service');
  assert.equal(subjectOfRecord('destinationrecords', 'web-1'), undefined);
});

test('a token continues after its object, and any other text is not a token', () => {
  const name = 'service:web:80:edge:gateway-1@2001:db8::7';
  assert.equal(parseContinue(continueAfter(name)), name);
  for (const text of ['', '=', 'a b', `${continueAfter(name)}=`, 'a'.repeat(4_000)])
    assert.equal(parseContinue(text), undefined, text);
});
