import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthority } from '@activescale/devkit';
import { parseAuthConfig } from './auth-config.ts';

test('reads the ConfigMap that kube-apiserver publishes', async () => {
  const [client, proxy] = [await createAuthority('client-ca'), await createAuthority('proxy-ca')];
  const config = parseAuthConfig(
    {
      'client-ca-file': client.cert,
      'requestheader-client-ca-file': proxy.cert + client.cert,
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-username-headers': '["X-Remote-User"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    },
    7,
  );
  assert.equal(config.generation, 7);
  assert.equal(config.clientCas.length, 1);
  const { cas, ...headers } = config.frontProxy;
  assert.equal(cas.length, 2);
  assert.deepEqual(headers, {
    allowedNames: ['front-proxy-client'],
    usernameHeaders: ['x-remote-user'],
    uidHeaders: [],
    groupHeaders: ['x-remote-group'],
    extraHeaderPrefixes: ['x-remote-extra-'],
  });
});

test('without a front proxy there are no CAs of one', () => {
  assert.deepEqual(parseAuthConfig({}, 1).frontProxy.cas, []);
});

test('names the key that cannot be read', () => {
  assert.throws(
    () => parseAuthConfig({ 'requestheader-allowed-names': 'front' }, 1),
    /requestheader-allowed-names/,
  );
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
  assert.throws(() => parseAuthConfig({ 'client-ca-file': broken }, 1), /client-ca-file/);
});
