import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress, parseAddresses, parseBoolean, parseDuration, parseInteger } from './parse.ts';

test('a duration is a sum of numbers with units, in ms', () => {
  const texts = {
    '500ms': 500,
    '20s': 20_000,
    '10m': 600_000,
    '1h': 3_600_000,
    '1m30s': 90_000,
    '1.5s': 1_500,
    '0': 0,
  };
  for (const [text, ms] of Object.entries(texts)) assert.equal(parseDuration(text), ms, text);
});

test('a duration without a unit, with a sign or with an unknown unit is none', () => {
  for (const text of ['20', '-1s', '1d', '1 s', 's', '.5s', '1s!'])
    assert.equal(parseDuration(text), undefined, text);
});

test('an integer is decimal and exact', () => {
  assert.equal(parseInteger('-12'), -12);
  for (const text of ['1.0', '1e3', '0x10', ' 1', '9007199254740993']) {
    assert.equal(parseInteger(text), undefined, text);
  }
});

test('a boolean is true, false, 1 or 0 in any case', () => {
  assert.deepEqual(['true', 'TRUE', '1', 'False', '0'].map(parseBoolean), [true, true, true, false, false]);
  assert.equal(parseBoolean('yes'), undefined);
});

test('an address has a host and a port', () => {
  assert.deepEqual(parseAddress('valkey.shop.svc:6379'), { host: 'valkey.shop.svc', port: 6379 });
  assert.deepEqual(parseAddress('[2001:db8::1]:6379'), { host: '2001:db8::1', port: 6379 });
});

test('an address without a port, with a wrong port, with a scheme or with credentials is none', () => {
  for (const text of [
    'valkey',
    'valkey:',
    ':6379',
    'v:0',
    'v:65536',
    'redis://v:1',
    'me:pw@v:1',
    '2001:db8::1:6379',
  ]) {
    assert.equal(parseAddress(text), undefined, text);
  }
});

test('addresses are separated by commas, and one wrong part spoils the list', () => {
  assert.deepEqual(parseAddresses('a:1, b:2'), [
    { host: 'a', port: 1 },
    { host: 'b', port: 2 },
  ]);
  assert.equal(parseAddresses('a:1,,b:2'), undefined);
});
