import assert from 'node:assert/strict';
import { test } from 'node:test';
import { informationFor } from './information.ts';
import { commonSettings } from './settings/common.ts';

const service = {
  name: 'ingest',
  settings: commonSettings,
  build: { version: '1.2.3', commit: '0123abc', node: 'v26.0.0' },
};

test('without options a service starts', () => {
  assert.equal(informationFor(['services/ingest/src/main.ts'], service), undefined);
});

test('--help names the options and each setting with its default and its other name', () => {
  const { text = '', exitCode } = informationFor(['main.ts', '--help'], service) ?? {};
  assert.equal(exitCode, 0);
  for (const part of ['--version', '--print-settings', 'VALKEY_ADDR (valkey:6379)', 'as REDIS_ADDR.']) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
});

test('--version names the service, its version, its commit and the version of Node', () => {
  assert.deepEqual(informationFor(['main.ts', '--version'], service), {
    text: 'activescale-ingest 1.2.3 (commit 0123abc, Node v26.0.0)\n',
    exitCode: 0,
  });
});

test('an unknown option is refused by name, with those that there are', () => {
  assert.deepEqual(informationFor(['main.ts', '--hlep\n'], service), {
    text: 'ingest: unknown option "--hlep\\n"; the options are --help, --version, --print-settings\n',
    exitCode: 2,
  });
});
