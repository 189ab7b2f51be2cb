import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Authority, createAuthority, startValkey, type Valkey } from '@activescale/devkit';
import type { TlsSettings } from '@activescale/runtime';
import { openStore, recordOf } from './testing/open-store.ts';
import { outcome } from './testing/outcome.ts';
import { PRIMARY_NAME, type Sentinel, startOneSentinel } from './testing/sentinel.ts';
import { startTlsFront } from './testing/tls-front.ts';

// Servers and Sentinels, each in plaintext or over TLS, with different authorities.

const started = new AsyncDisposableStack();
let folder: string;
let valkey: Valkey;
let ofServers: Authority;
let ofSentinels: Authority;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sentinel-tls-'));
  started.defer(() => rmSync(folder, { recursive: true }));
  valkey = started.use(await startValkey());
  ofServers = await createAuthority('servers');
  ofSentinels = await createAuthority('sentinels');
});
after(() => started.disposeAsync());

/** The files of a client of an authority. */
async function filesOf(authority: Authority, name: string): Promise<TlsSettings> {
  const { cert, key } = await authority.sign({ name: 'ingest', use: 'client' });
  const file = (suffix: string, text: string) => {
    const path = join(folder, `${name}.${suffix}`);
    writeFileSync(path, text);
    return path;
  };
  return {
    insecure: false,
    caFile: file('ca', authority.cert),
    certFile: file('crt', cert),
    keyFile: file('key', key),
  };
}

/** A Sentinel with TLS in front of it. It reports the port of its configuration, whatever listens there. */
async function sentinelOf(port: number): Promise<Sentinel & { tlsPort: number }> {
  const sentinel = started.use(await startOneSentinel(port));
  const front = started.use(await startTlsFront(sentinel.port, ofSentinels));
  return { ...sentinel, tlsPort: front.port };
}

for (const servers of ['plaintext', 'TLS'] as const) {
  for (const sentinels of ['plaintext', 'TLS'] as const) {
    test(`servers ${servers}, Sentinels ${sentinels}: records are written`, async (t) => {
      const front = started.use(await startTlsFront(valkey.port, ofServers));
      const sentinel = await sentinelOf(servers === 'TLS' ? front.port : valkey.port);
      const { store, reached } = openStore(t, [sentinels === 'TLS' ? sentinel.tlsPort : sentinel.port], {
        mode: 'sentinel',
        sentinel: {
          name: PRIMARY_NAME,
          tls: sentinels === 'TLS' && (await filesOf(ofSentinels, 'sentinels')),
        },
        ...(servers === 'TLS' && { tls: await filesOf(ofServers, 'servers') }),
      });
      await reached('up');
      assert.deepEqual(outcome(await store.write([recordOf('shop', 'web-0')])), { written: 1, failed: [] });
    });
  }
}

test('Sentinels are asked with the TLS of the servers where nothing else is said', async (t) => {
  const front = started.use(await startTlsFront(valkey.port, ofSentinels));
  const { tlsPort } = await sentinelOf(front.port);
  const { reached } = openStore(t, [tlsPort], {
    mode: 'sentinel',
    sentinel: { name: PRIMARY_NAME },
    tls: await filesOf(ofSentinels, 'both'),
  });
  await reached('up');
});

test('a Sentinel with an unknown CA is not trusted, and is named', async (t) => {
  const { tlsPort } = await sentinelOf(valkey.port);
  const { changes, reached } = openStore(t, [tlsPort], {
    mode: 'sentinel',
    sentinel: { name: PRIMARY_NAME, tls: await filesOf(ofServers, 'others') },
  });
  await reached('down');
  assert.match(
    changes[0]?.reason ?? '',
    new RegExp(`127\\.0\\.0\\.1:${tlsPort}: .*(certificate|self-signed)`),
  );
});
