import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Authority, type Credential, createAuthority, startApi } from '@activescale/devkit';
import { credentials } from '@grpc/grpc-js';
import { metricsOf } from './api.ts';
import { startInCluster } from './api-cluster.ts';
import { kedaClient, received } from './keda-client.ts';

const LOAD = { metric: 'active_requests', target: '10', workload: 'deploy/web' };

/** The files of api's certificate and of the authority of its clients. */
async function startFiles() {
  const folder = await mkdtemp(join(tmpdir(), 'keda-'));
  const file = (name: string) => join(folder, name);
  const authority = await createAuthority('servers');
  return {
    authority,
    async serve(by: Authority) {
      const { cert, key } = await by.sign({ name: 'api', names: ['localhost'], use: 'server' });
      await writeFile(file('key'), key);
      await writeFile(file('cert'), cert);
    },
    trust: (clients: Authority) => writeFile(file('ca'), clients.cert),
    settings: {
      TLS_CERT_FILE: file('cert'),
      TLS_KEY_FILE: file('key'),
      KEDA_CLIENT_CA_FILE: file('ca'),
      KEDA_PORT: '0',
      STANDALONE: 'true',
      VALKEY_ADDR: '127.0.0.1:1',
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

function client(port: number, server: Authority, own?: Credential) {
  const pem = (text: string) => Buffer.from(text);
  return own === undefined
    ? kedaClient(port, credentials.createSsl(pem(server.cert)))
    : kedaClient(port, credentials.createSsl(pem(server.cert), pem(own.key), pem(own.cert)));
}

const keda = (by: Authority) => by.sign({ name: 'keda-operator', use: 'client' });

test('with KEDA_CLIENT_CA_FILE only a client with a certificate of this authority is answered', async () => {
  await using files = await startFiles();
  const [clients, others] = [await createAuthority('clients'), await createAuthority('others')];
  await files.serve(files.authority);
  await files.trust(clients);
  await using api = await startApi(files.settings);
  using known = client(api.kedaPort, files.authority, await keda(clients));
  assert.equal((await known.specs(LOAD)).length, 1);
  using unknown = client(api.kedaPort, files.authority, await keda(others));
  assert.match(String(await unknown.specs(LOAD)), /^UNAVAILABLE/);
  using anonymous = client(api.kedaPort, files.authority);
  assert.match(String(await anonymous.specs(LOAD)), /^UNAVAILABLE/);
  using plaintext = kedaClient(api.kedaPort);
  assert.match(String(await plaintext.specs(LOAD)), /^UNAVAILABLE/);
  const failures = /^activescale_api_keda_tls_handshake_errors_total [1-9]/m;
  assert.match(await metricsOf(api), failures);
});

test('a new serving certificate and a new authority are used without a restart, and open streams continue', async () => {
  await using files = await startFiles();
  const [before, after] = [await createAuthority('clients'), await createAuthority('clients, the next ones')];
  await files.serve(files.authority);
  await files.trust(before);
  await using api = await startApi(files.settings);
  using old = client(api.kedaPort, files.authority, await keda(before));
  const stream = old.streamSpecs(LOAD);
  await received(stream, 'the specs');
  const nextServers = await createAuthority('servers, the next ones');
  await files.serve(nextServers);
  await files.trust(after);
  await api.line((line) => line.includes('certificate was replaced') || undefined, 'the new certificate');
  await api.line((line) => line.includes('KEDA_CLIENT_CA_FILE was reloaded') || undefined, 'the authority');
  using next = client(api.kedaPort, nextServers, await keda(after));
  assert.equal((await next.specs(LOAD)).length, 1);
  using late = client(api.kedaPort, nextServers, await keda(before));
  assert.match(String(await late.specs(LOAD)), /^UNAVAILABLE/);
  assert.equal((await old.specs(LOAD)).length, 1);
  assert.equal(stream.ended, undefined);
});

test('an authority that cannot be used is refused at the start, and ignored later', async () => {
  await using files = await startFiles();
  await files.serve(files.authority);
  await writeFile(files.settings.KEDA_CLIENT_CA_FILE, 'nonsense');
  await assert.rejects(startApi(files.settings), /the file in KEDA_CLIENT_CA_FILE cannot be used/);
  const clients = await createAuthority('clients');
  await files.trust(clients);
  await using api = await startApi(files.settings);
  await writeFile(files.settings.KEDA_CLIENT_CA_FILE, 'nonsense');
  await api.line((line) => line.includes('KEDA_CLIENT_CA_FILE is invalid') || undefined, 'the error');
  using known = client(api.kedaPort, files.authority, await keda(clients));
  assert.equal((await known.specs(LOAD)).length, 1);
});

test('in a cluster the port requires TLS, and api warns if any client may use it', {
  timeout: 300_000,
}, async () => {
  await using bench = await startInCluster({ env: { KEDA_PORT: '0' } });
  const { api, plane } = bench;
  await api.line((line) => line.includes('no KEDA_CLIENT_CA_FILE') || undefined, 'the warning');
  using plaintext = kedaClient(api.kedaPort);
  assert.match(String(await plaintext.specs(LOAD)), /^UNAVAILABLE/);
  using encrypted = client(api.kedaPort, plane.ca);
  assert.equal((await encrypted.specs(LOAD)).length, 1);
});
