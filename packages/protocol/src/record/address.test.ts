import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressFamily, canonicalAddress, encodeAddress, readAddress } from './address.ts';

test('IPv4 and IPv6 addresses take their canonical form', () => {
  const forms: Record<string, string> = {
    '10.1.0.7': '10.1.0.7',
    '2001:DB8:0:0:0:0:0:7': '2001:db8::7',
    '::ffff:192.0.2.1': '192.0.2.1',
    '::FFFF:c000:201': '192.0.2.1',
    '::fffe:c000:201': '::fffe:c000:201',
    '::': '::',
    '1::': '1::',
    '::1': '::1',
    '2001:db8:0:1:0:0:0:1': '2001:db8:0:1::1',
    '2001:db8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
    '1:0:2:3:4:5:6:7': '1:0:2:3:4:5:6:7',
  };
  for (const [written, canonical] of Object.entries(forms))
    assert.equal(canonicalAddress(written), canonical);
});

test('what is no address is none, a scoped one too', () => {
  for (const text of ['', 'localhost', '10.1.0', '10.1.0.256', 'fe80::1%eth0', '::1::']) {
    assert.equal(addressFamily(text), 0);
    assert.equal(canonicalAddress(text), '');
  }
});

test('every address reads back as itself in canonical form', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (ip) => {
      const family = addressFamily(ip);
      const bytes = encodeAddress(ip);
      assert.equal(bytes.length, family);
      const canonical = readAddress(bytes, 0, family);
      assert.equal(
        new URL(`http://[${canonical.includes(':') ? canonical : `::ffff:${canonical}`}]`).protocol,
        'http:',
      );
      assert.equal(canonicalAddress(canonicalAddress(ip)), canonicalAddress(ip));
      if (ip.includes(':')) assert.equal(`[${canonical}]`, new URL(`http://[${ip}]`).hostname);
      else assert.equal(canonical, ip);
    }),
  );
});
