import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type Authority,
  type Credential,
  createAuthority,
  startValkey,
  type Valkey,
} from '@activescale/devkit';
import { openStore, recordOf } from './testing/open-store.ts';
import { outcome } from './testing/outcome.ts';
import { startTlsFront } from './testing/tls-front.ts';

let folder: string;
let authority: Authority;
let valkey: Valkey;
let front: Awaited<ReturnType<typeof startTlsFront>>;
let port: number;

/** Writes a file into the test's folder and gives its path. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function files(name: string, { cert, key }: Credential): { certFile: string; keyFile: string } {
  return { certFile: file(`${name}.crt`, cert), keyFile: file(`${name}.key`, key) };
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'store-tls-'));
  authority = await createAuthority('authority');
  file('ca.crt', authority.cert);
  valkey = await startValkey();
  front = await startTlsFront(valkey.port, authority);
  port = front.port;
});
after(async () => {
  await front[Symbol.asyncDispose]();
  await valkey.stop();
  rmSync(folder, { recursive: true });
});

test('with a certificate that the server believes, and the authority of its own, records are written', async (t) => {
  const client = files('client', await authority.sign({ name: 'ingest', use: 'client' }));
  const tls = { insecure: false, caFile: join(folder, 'ca.crt'), ...client };
  const { store, reached } = openStore(t, [port], { tls });
  await reached('up');
  assert.deepEqual(outcome(await store.write([recordOf('shop', 'web-0')])), { written: 1, failed: [] });
});

test('a server with an unknown CA is not trusted', async (t) => {
  const { changes, reached } = openStore(t, [port], { tls: { insecure: false } });
  await reached('down');
  assert.match(changes[0]?.reason ?? '', /certificate|self-signed/);
});

test('without a certificate of ours a server that asks for one is down', async (t) => {
  const { changes, reached } = openStore(t, [port], { tls: { insecure: true } });
  await reached('down');
  assert.notEqual(changes[0]?.reason, '');
});

test('a certificate file that appears or is renewed later is used at the next connect', async (t) => {
  const certFile = join(folder, 'later.crt');
  const keyFile = join(folder, 'later.key');
  const tls = { insecure: false, caFile: join(folder, 'ca.crt'), certFile, keyFile };
  const { changes, reached } = openStore(t, [port], { tls });
  await reached('down');
  assert.match(changes[0]?.reason ?? '', /^ENOENT: .*later\.crt/);
  files('later', await authority.sign({ name: 'ingest', use: 'client' }));
  await reached('up');
});

test('a certificate file that holds none is the reason, until it holds one', async (t) => {
  const certFile = file('broken.crt', '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n');
  const tls = { insecure: false, caFile: join(folder, 'ca.crt'), certFile, keyFile: file('broken.key', '') };
  const { changes, reached } = openStore(t, [port], { tls });
  await reached('down');
  assert.match(changes[0]?.reason ?? '', /PEM|base64|ASN1|asn1|DECODER/i);
  files('broken', await authority.sign({ name: 'ingest', use: 'client' }));
  await reached('up');
});
