import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonSettings } from './common.ts';
import { describeSettings, readSettings, SettingsError } from './read.ts';

const FILE = import.meta.filename; // any file that can be read

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readSettings(env, commonSettings);
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.problems;
  }
  return [];
}

test('without any variable the defaults hold', () => {
  assert.deepEqual(readSettings({}, commonSettings), {
    valkey: { addresses: [{ host: 'valkey', port: 6379 }], mode: 'standalone' },
    keyPrefix: 'activescale',
    metricTtl: 20_000,
    listenHost: undefined,
    adminPort: 18_080,
    logVerbosity: 0,
    summaryInterval: 30_000,
  });
});

test('the REDIS_ names are read too', () => {
  const env = {
    REDIS_ADDR: 'cache:6380',
    REDIS_TLS: 'true',
    REDIS_CA_FILE: FILE,
    REDIS_TLS_INSECURE: 'true',
    REDIS_CONTEXT: 'blue',
  };
  const { valkey, keyPrefix } = readSettings(env, commonSettings);
  assert.deepEqual(valkey.addresses, [{ host: 'cache', port: 6380 }]);
  assert.deepEqual(valkey.tls, { insecure: true, caFile: FILE });
  assert.equal(keyPrefix, 'blue');
});

const SENTINEL = { VALKEY_MODE: 'sentinel', VALKEY_SENTINEL_NAME: 'primary' };

test('Sentinels have the TLS of the servers where nothing else is set for them', () => {
  const servers = {
    VALKEY_TLS: 'true',
    VALKEY_CA_FILE: FILE,
    VALKEY_CERT_FILE: FILE,
    VALKEY_KEY_FILE: FILE,
    VALKEY_TLS_INSECURE: 'true',
  };
  const sentinelWith = (more: Record<string, string>) =>
    readSettings({ ...SENTINEL, ...more }, commonSettings).valkey.sentinel;
  const inherited = { insecure: true, caFile: FILE, certFile: FILE, keyFile: FILE };
  assert.deepEqual(sentinelWith(servers)?.tls, inherited);
  assert.deepEqual(sentinelWith({ ...servers, VALKEY_SENTINEL_TLS: 'false' })?.tls, false);
  const other = import.meta.dirname.replace(/src.*/, 'package.json');
  const own = { VALKEY_SENTINEL_CA_FILE: other, VALKEY_SENTINEL_TLS_INSECURE: 'false' };
  assert.deepEqual(sentinelWith({ ...servers, ...own })?.tls, {
    ...inherited,
    insecure: false,
    caFile: other,
  });
  assert.deepEqual(sentinelWith({ VALKEY_SENTINEL_TLS: 'true', VALKEY_SENTINEL_CA_FILE: FILE })?.tls, {
    insecure: false,
    caFile: FILE,
  });
});

test('Sentinels may have their own user and password', () => {
  const env = { VALKEY_SENTINEL_USERNAME: 'watcher', VALKEY_SENTINEL_PASSWORD_FILE: FILE };
  assert.deepEqual(readSettings({ ...SENTINEL, ...env }, commonSettings).valkey.sentinel, {
    name: 'primary',
    username: 'watcher',
    passwordFile: FILE,
    tls: false,
  });
});

test('a cluster and sentinels may have several addresses', () => {
  const cluster = readSettings({ VALKEY_ADDR: 'a:1,b:2', VALKEY_MODE: 'cluster' }, commonSettings);
  assert.equal(cluster.valkey.addresses.length, 2);
  const env = { VALKEY_ADDR: 'a:1,b:2', VALKEY_MODE: 'sentinel', VALKEY_SENTINEL_NAME: 'primary' };
  assert.deepEqual(readSettings(env, commonSettings).valkey.sentinel, { name: 'primary', tls: false });
});

const WRONG: readonly { name: string; env: Record<string, string>; problem: RegExp }[] = [
  {
    name: 'several addresses of one server',
    env: { VALKEY_ADDR: 'a:1,b:2' },
    problem: /^VALKEY_ADDR="a:1,b:2": .*VALKEY_MODE=sentinel or cluster/,
  },
  {
    name: 'sentinels without the name of the primary',
    env: { VALKEY_MODE: 'sentinel' },
    problem: /^VALKEY_SENTINEL_NAME="": VALKEY_MODE=sentinel needs/,
  },
  {
    name: 'the name of a primary without sentinels',
    env: { VALKEY_SENTINEL_NAME: 'primary' },
    problem: /^VALKEY_SENTINEL_NAME="primary": has no meaning with VALKEY_MODE=standalone/,
  },
  {
    name: 'a user of Sentinels without any password',
    env: { ...SENTINEL, VALKEY_SENTINEL_USERNAME: 'me' },
    problem: /^VALKEY_SENTINEL_USERNAME="me": needs VALKEY_SENTINEL_PASSWORD_FILE/,
  },
  {
    name: 'a password of Sentinels without Sentinels',
    env: { VALKEY_SENTINEL_PASSWORD_FILE: FILE },
    problem: /^VALKEY_SENTINEL_PASSWORD_FILE=".*": has no meaning with VALKEY_MODE=standalone/,
  },
  {
    name: 'TLS of Sentinels without Sentinels',
    env: { VALKEY_MODE: 'cluster', VALKEY_SENTINEL_TLS: 'true' },
    problem: /^VALKEY_SENTINEL_TLS="true": has no meaning with VALKEY_MODE=cluster/,
  },
  {
    name: 'an authority of Sentinels without TLS',
    env: { ...SENTINEL, VALKEY_SENTINEL_CA_FILE: FILE },
    problem: /^VALKEY_SENTINEL_CA_FILE=".*": has no effect without VALKEY_SENTINEL_TLS=true/,
  },
  {
    name: 'a certificate for Sentinels without its key',
    env: { ...SENTINEL, VALKEY_SENTINEL_TLS: 'true', VALKEY_SENTINEL_CERT_FILE: FILE },
    problem: /^VALKEY_SENTINEL_CERT_FILE=".*": needs VALKEY_SENTINEL_KEY_FILE/,
  },
  {
    name: 'a user without a password',
    env: { VALKEY_USERNAME: 'me' },
    problem: /^VALKEY_USERNAME="me": needs VALKEY_PASSWORD_FILE/,
  },
  {
    name: 'a certificate without its key',
    env: { VALKEY_TLS: 'true', VALKEY_CERT_FILE: FILE },
    problem: /^VALKEY_CERT_FILE=".*": needs VALKEY_KEY_FILE/,
  },
  {
    name: 'a key without its certificate',
    env: { VALKEY_TLS: 'true', VALKEY_KEY_FILE: FILE },
    problem: /^VALKEY_KEY_FILE=".*": needs VALKEY_CERT_FILE/,
  },
  {
    name: 'an authority without TLS',
    env: { VALKEY_CA_FILE: FILE },
    problem: /^VALKEY_CA_FILE=".*": has no effect without VALKEY_TLS=true/,
  },
  {
    name: 'TLS_INSECURE without TLS',
    env: { VALKEY_TLS_INSECURE: 'true' },
    problem: /^VALKEY_TLS_INSECURE="true": has no effect without VALKEY_TLS=true/,
  },
  {
    name: 'braces in the prefix of the keys',
    env: { KEY_PREFIX: 'a{b}' },
    problem: /^KEY_PREFIX="a\{b\}": expected at most 128 characters without braces/,
  },
  { name: 'a blank in the prefix of the keys', env: { KEY_PREFIX: 'a b' }, problem: /^KEY_PREFIX/ },
  {
    name: 'a TTL under a second',
    env: { METRIC_TTL: '10ms' },
    problem: /^METRIC_TTL="10ms": .* from 1s to 1h/,
  },
  {
    name: 'a port that is none',
    env: { ADMIN_PORT: '65536' },
    problem: /^ADMIN_PORT="65536": .* from 0 to 65535/,
  },
  { name: 'a verbosity over 4', env: { LOG_VERBOSITY: '5' }, problem: /^LOG_VERBOSITY="5": .* from 0 to 4/ },
];

for (const { name, env, problem } of WRONG) {
  test(`${name}: one problem, which names the variable`, () => {
    const problems = problemsOf(env);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', problem);
  });
}

test('every shared setting is described', () => {
  assert.deepEqual(
    describeSettings(commonSettings).map(({ name }) => name),
    [
      'VALKEY_ADDR',
      'VALKEY_MODE',
      'VALKEY_USERNAME',
      'VALKEY_PASSWORD_FILE',
      'VALKEY_TLS',
      'VALKEY_CA_FILE',
      'VALKEY_TLS_INSECURE',
      'VALKEY_CERT_FILE',
      'VALKEY_KEY_FILE',
      'VALKEY_SENTINEL_NAME',
      'VALKEY_SENTINEL_USERNAME',
      'VALKEY_SENTINEL_PASSWORD_FILE',
      'VALKEY_SENTINEL_TLS',
      'VALKEY_SENTINEL_CA_FILE',
      'VALKEY_SENTINEL_TLS_INSECURE',
      'VALKEY_SENTINEL_CERT_FILE',
      'VALKEY_SENTINEL_KEY_FILE',
      'KEY_PREFIX',
      'METRIC_TTL',
      'LISTEN_HOST',
      'ADMIN_PORT',
      'LOG_VERBOSITY',
      'LOG_METRICS_SUMMARY_INTERVAL',
    ],
  );
});
