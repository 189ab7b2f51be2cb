import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createAuthority } from '@activescale/devkit';
import { startCaFile } from './ca-file.ts';

test('a file without a valid certificate is refused, by the name of the setting', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ca-'));
  t.after(() => rm(folder, { recursive: true }));
  const caFile = join(folder, 'ca.crt');
  const backend = { setting: 'FALLTHROUGH_CUSTOM', namespace: 'a', service: 'b', port: 443, caFile };
  const start = async (pem: string) => {
    await writeFile(caFile, pem);
    const ca = await startCaFile(backend, () => {});
    ca.close();
    return ca.current;
  };
  const { cert } = await createAuthority('adapter');
  assert.equal(await start(cert), cert);
  await assert.rejects(start(''), /^Error: FALLTHROUGH_CUSTOM_CA_FILE=".*" has no certificate in PEM$/);
  const invalid = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  await assert.rejects(start(invalid), /^Error: FALLTHROUGH_CUSTOM_CA_FILE=".*" has an invalid certificate$/);
});
