import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { createAuthority } from './pki.ts';

test('a client certificate carries its user, its groups, and the signature of its authority', async () => {
  const authority = await createAuthority('test-ca');
  const { cert } = await authority.sign({ name: 'jane', groups: ['dev', 'ops'], use: 'client' });
  const certificate = new X509Certificate(cert);
  assert.equal(certificate.subject, 'CN=jane\nO=dev\nO=ops');
  assert.equal(certificate.issuer, 'CN=test-ca');
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  assert.ok(certificate.verify(new X509Certificate(authority.cert).publicKey));
  const other = await createAuthority('test-ca');
  assert.equal(certificate.verify(new X509Certificate(other.cert).publicKey), false);
});

test('names may be DNS names, addresses and URIs', async () => {
  const authority = await createAuthority('test-ca');
  const names = ['api.ns.svc', '127.0.0.1', 'spiffe://cluster.local/ns/shop/sa/web'];
  const { cert } = await authority.sign({ name: 'api', names, use: 'server' });
  const text = 'DNS:api.ns.svc, IP Address:127.0.0.1, URI:spiffe://cluster.local/ns/shop/sa/web';
  assert.equal(new X509Certificate(cert).subjectAltName, text);
});

test('a certificate may have expired', async () => {
  const authority = await createAuthority('test-ca');
  const notAfter = Date.now() - 60_000;
  const certificate = new X509Certificate(
    (await authority.sign({ name: 'late', use: 'client', notAfter })).cert,
  );
  assert.ok(Date.parse(certificate.validTo) < Date.now());
  assert.ok(Date.parse(certificate.validFrom) < Date.parse(certificate.validTo));
});

test('both sides of a TLS connection accept each other by them', async () => {
  const authority = await createAuthority('test-ca');
  const serving = await authority.sign({ name: 'server', names: ['localhost'], use: 'server' });
  const client = await authority.sign({ name: 'jane', use: 'client' });
  const server = createServer({
    ...serving,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'secureConnection');
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: authority.cert, ...client });
  const [peer] = (await accepted) as [TLSSocket];
  assert.equal(peer.authorized, true);
  assert.equal(peer.getPeerCertificate().subject.CN, 'jane');
  socket.destroy();
  server.close();
});
