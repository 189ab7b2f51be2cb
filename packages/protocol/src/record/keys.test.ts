import assert from 'node:assert/strict';
import { test } from 'node:test';
import { destinationsKey, headKey, podsKey, recordName, slotsKey, splitRecordName } from './keys.ts';

test('the keys of a namespace share its hash tag', () => {
  assert.equal(headKey('activescale', 'shop', 'web-1'), 'activescale:{shop}:head:web-1');
  assert.equal(slotsKey('activescale', 'shop', 'web-1'), 'activescale:{shop}:slots:web-1');
  assert.equal(podsKey('activescale', 'shop'), 'activescale:{shop}:pods');
  assert.equal(destinationsKey('activescale', 'shop'), 'activescale:{shop}:destinations');
});

test('a proved address is a part of the record name, in one spelling', () => {
  assert.equal(recordName('web-1', ''), 'web-1');
  assert.equal(recordName('web-1', '10.1.0.7'), 'web-1@10.1.0.7');
  assert.equal(recordName('web-1', '2001:DB8:0::1'), 'web-1@2001:db8::1');
});

test('a record name gives back pod and address', () => {
  assert.deepEqual(splitRecordName('web-1'), { name: 'web-1', verifiedIp: '' });
  assert.deepEqual(splitRecordName(recordName('web.1', '2001:db8::1')), {
    name: 'web.1',
    verifiedIp: '2001:db8::1',
  });
});
