import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeHead, encodeHead, type Head } from '@activescale/protocol/record';
import { type Claim, isOwnHead, outranks, stillRival } from './rival.ts';

const claim = (proxyId: number, proxy: Claim['proxy'], ip = ''): Claim => ({ proxyId, proxy, ip });
const HEAD: Head = {
  arrival: 5_000,
  flushLength: 1_000,
  ip: '10.1.0.7',
  ipVerified: false,
  proxy: 'sidecar',
  active: 1,
  upstreamActive: 0,
  pending: 0,
  sent: 1,
  provenZero: 0,
  filterShown: false,
  unrecognized: false,
  template: 1,
  proxyId: 9,
};

test("Istio's proxy outranks another Envoy of its pod, and equals agree on one of them", () => {
  const [sidecar, front] = [claim(9, 'sidecar', '10.1.0.7'), claim(3, 'other')];
  assert.deepEqual([outranks(sidecar, front), outranks(front, sidecar)], [true, false]);
  const [a, b] = [claim(3, 'other'), claim(4, 'other')];
  assert.deepEqual([outranks(a, b), outranks(b, a)], [true, false]);
});

test('a proxy is no rival of itself, of its predecessor in a pod of that name, or of one that says nothing', () => {
  const mine = claim(9, 'sidecar', '10.1.0.7');
  assert.equal(outranks(mine, mine), false);
  assert.equal(outranks(claim(3, 'sidecar', '10.1.0.8'), mine), false);
  assert.equal(outranks(claim(3, 'sidecar', '::ffff:10.1.0.7'), mine), true);
  assert.equal(outranks(claim(0, 'sidecar', '10.1.0.7'), mine), false);
});

test('a head says by its end who wrote it', () => {
  const bytes = encodeHead(HEAD);
  assert.deepEqual(
    [isOwnHead(bytes, 9), isOwnHead(bytes, 8), isOwnHead(bytes.subarray(0, 3), 9)],
    [true, false, false],
  );
  assert.equal(decodeHead(bytes).proxyId, 9);
});

test('a rival counts while its record moves on, and is gone after a silence or with its record', () => {
  const mine = claim(30, 'other');
  const rival = { head: HEAD, progressAt: 1_000 };
  const newer = { ...HEAD, arrival: 6_000 };
  assert.deepEqual(stillRival(rival, newer, mine, 2_000), { head: newer, progressAt: 2_000 });
  assert.deepEqual(stillRival(rival, HEAD, mine, 4_000), rival);
  assert.equal(stillRival(rival, HEAD, mine, 4_001), undefined);
  assert.equal(stillRival(rival, undefined, mine, 2_000), undefined);
  const slow = { ...HEAD, flushLength: 60_000 };
  assert.ok(stillRival({ head: slow, progressAt: 0 }, slow, mine, 180_000));
});
