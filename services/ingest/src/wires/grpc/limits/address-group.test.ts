import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressGroup } from './address-group.ts';

test('an IPv4 address is its own group, also where a dual-stack socket writes it as IPv6', () => {
  assert.equal(addressGroup('192.0.2.1'), '192.0.2.1');
  assert.equal(addressGroup('::ffff:192.0.2.1'), '192.0.2.1');
});

test('an IPv6 address is in the group of its /64 network, however it is written', () => {
  const network = '2001:db8:0:1::/64';
  for (const address of [
    '2001:db8:0:1::1',
    '2001:0db8:0:1:a:b:c:d',
    '2001:DB8:0:1:ffff::',
    '2001:db8:0:1::1%eth0',
  ])
    assert.equal(addressGroup(address), network);
  assert.equal(addressGroup('2001:db8::1:0:0:1'), '2001:db8:0:0::/64');
  assert.equal(addressGroup('::1'), '0:0:0:0::/64');
});

test('what is no address is its own group', () => {
  assert.equal(addressGroup(''), '');
});
