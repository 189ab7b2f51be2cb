import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createAuthority } from '@activescale/devkit';
import type { PodClaim } from '@activescale/protocol/envoy';
import { verifyPeer } from './peer-check.ts';
import { spiffeId } from './spiffe.ts';

const pod: PodClaim = {
  namespace: 'shop',
  name: 'web-1',
  ip: '10.1.0.7',
  otherIps: ['10.1.0.7', '2001:db8::7'],
  serviceAccount: 'web',
};
const from = (address: string) => ({ address, certificate: () => undefined });

test('off asks for nothing and proves nothing', () => {
  assert.equal(verifyPeer('off', from('192.0.2.9'), { ...pod, ip: '' }), '');
});

test('address: the connection must come from an address that the node names, in any spelling', () => {
  assert.equal(verifyPeer('address', from('10.1.0.7'), pod), '10.1.0.7');
  assert.equal(verifyPeer('address', from('::ffff:10.1.0.7'), pod), '10.1.0.7');
  assert.equal(verifyPeer('address', from('2001:DB8:0:0::7'), pod), '2001:db8::7');
  assert.equal(verifyPeer('address', from('10.1.0.7'), { ...pod, ip: '::ffff:10.1.0.7' }), '10.1.0.7');
});

test('address: any other one is refused with both addresses', () => {
  for (const address of ['10.1.0.8', '::ffff:10.1.0.8', '2001:db8::8', 'unknown', '']) {
    assert.throws(() => verifyPeer('address', from(address), pod), { code: 'ERR_PEER_ADDRESS' }, address);
  }
  assert.throws(() => verifyPeer('address', from('10.1.0.8'), pod), /10\.1\.0\.8.*shop\/web-1.*10\.1\.0\.7/);
});

test('address: a node without an address is refused at every address', () => {
  for (const ip of ['', 'localhost', '0.0.0.0/0', '*', '10.1.0.7.']) {
    const claim = { ...pod, ip, otherIps: [] };
    for (const address of ['10.1.0.7', '', 'localhost', '*']) {
      assert.throws(() => verifyPeer('address', from(address), claim), { code: 'ERR_PEER_ADDRESS' });
    }
  }
});

const authority = await createAuthority('mesh');
const certificateFor = async (...names: string[]) =>
  new X509Certificate((await authority.sign({ name: '', names, use: 'client' })).cert);
const own = 'spiffe://cluster.local/ns/shop/sa/web';

test('spiffe: the certificate must be for the namespace and service account of the node', async () => {
  const certificate = await certificateFor(own);
  assert.equal(verifyPeer('spiffe', { address: '', certificate: () => certificate }, pod), '');
  for (const other of [{ namespace: 'bank' }, { serviceAccount: 'admin' }, { serviceAccount: '' }]) {
    assert.throws(
      () => verifyPeer('spiffe', { address: '', certificate: () => certificate }, { ...pod, ...other }),
      {
        code: 'ERR_PEER_IDENTITY',
      },
    );
  }
});

test('spiffe: a stream without a certificate, or with one that names no workload, is refused', async () => {
  assert.throws(() => verifyPeer('spiffe', from('10.1.0.7'), pod), { code: 'ERR_PEER_IDENTITY' });
  const certificate = await certificateFor('web.shop.svc');
  assert.throws(
    () => verifyPeer('spiffe', { address: '', certificate: () => certificate }, pod),
    /no SPIFFE identity/,
  );
});

test('a refusal shows what the node says in a form that any gRPC status can carry', () => {
  const odd = { ...pod, serviceAccount: '\ud800\r\n' };
  assert.throws(
    () => verifyPeer('spiffe', from(''), odd),
    ({ message }: Error) => encodeURI(message).length > 0 && !message.includes('\n'),
  );
});

test('a SPIFFE ID is read from exactly one URI of the right form', async () => {
  const read = async (...names: string[]) => spiffeId(await certificateFor(...names));
  assert.deepEqual(await read(own, 'web.shop.svc', '10.1.0.7'), {
    trustDomain: 'cluster.local',
    namespace: 'shop',
    serviceAccount: 'web',
  });
  for (const names of [
    [],
    [own, 'spiffe://cluster.local/ns/bank/sa/web'],
    [own, 'https://example.org/'],
    ['spiffe://cluster.local/ns/shop/sa/web/'],
    ['spiffe://cluster.local/ns/shop/sa/web/more'],
    ['spiffe://cluster.local/ns/shop'],
    ['spiffe://cluster.local/ns/shop%2Fbank/sa/web'],
    ['https://cluster.local/ns/shop/sa/web'],
  ]) {
    assert.equal(await read(...names), undefined, names.join());
  }
});

test('a name that is written to look like several names is no SPIFFE ID', () => {
  const subjectAltName = `DNS:"a, URI:${own}, b"`;
  assert.equal(spiffeId({ subjectAltName } as X509Certificate), undefined);
});
