import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { freePort, startValkey } from '@activescale/devkit';
import type { SentinelSettings } from '@activescale/runtime';
import { openAdmin, openStore, recordOf } from './testing/open-store.ts';
import { outcome } from './testing/outcome.ts';
import { PRIMARY_NAME, startOneSentinel, startSentinel } from './testing/sentinel.ts';

const folder = mkdtempSync(join(tmpdir(), 'sentinel-test-'));
after(() => rmSync(folder, { recursive: true }));

/** Writes a file into the tests' folder and gives its path. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, `${text}\n`);
  return path;
}

const sentinelMode = (sentinel: Partial<SentinelSettings> = {}) =>
  ({ mode: 'sentinel', sentinel: { name: PRIMARY_NAME, ...sentinel } }) as const;

test('the primary is found by the sentinels, and the new one when it is lost', async (t) => {
  await using pair = await startSentinel();
  const { store, changes, reached } = openStore(t, [pair.sentinelPort], sentinelMode());
  await reached('up');
  assert.deepEqual(outcome(await store.write([recordOf('shop', 'web-0')])), { written: 1, failed: [] });
  pair.primary.kill();
  await reached('down');
  await reached('up', 30_000);
  assert.deepEqual(outcome(await store.write([recordOf('shop', 'web-1')])), { written: 1, failed: [] });
  assert.deepEqual(
    changes.map(({ state }) => state),
    ['up', 'down', 'up'],
  );
});

test('sentinels that are away are the reason for being down', async (t) => {
  const { changes, reached } = openStore(t, [await freePort()], sentinelMode());
  await reached('down');
  assert.match(
    changes[0]?.reason ?? '',
    /^no Sentinel named the primary: 127\.0\.0\.1:\d+: connect ECONNREFUSED/,
  );
});

test('a name that the Sentinels do not know is the reason for being down', async (t) => {
  await using valkey = await startValkey();
  await using sentinel = await startOneSentinel(valkey.port);
  const { changes, reached } = openStore(t, [sentinel.port], sentinelMode({ name: 'other' }));
  await reached('down');
  assert.match(changes[0]?.reason ?? '', /it watches no primary named "other"$/);
});

const PASSWORD = 'the servers';
const ASKING = [
  { what: 'without a password', lines: [] },
  { what: 'with the password of the servers', lines: [`requirepass "${PASSWORD}"`] },
];
for (const { what, lines } of ASKING) {
  for (const username of [undefined, 'app']) {
    test(`Sentinels ${what} need no setting, servers with ${username ?? 'the default user'}`, async (t) => {
      const user = [
        '--user',
        'app',
        'on',
        `>${PASSWORD}`,
        '~test:*',
        '-@all',
        '+set',
        '+zadd',
        '+mget',
        '+time',
      ];
      await using valkey = await startValkey({ args: ['--requirepass', PASSWORD, ...user] });
      await using sentinel = await startOneSentinel(valkey.port, [
        `sentinel auth-pass ${PRIMARY_NAME} "${PASSWORD}"`,
        ...lines,
      ]);
      const { store, reached } = openStore(t, [sentinel.port], {
        ...sentinelMode(),
        passwordFile: file('servers', PASSWORD),
        ...(username === undefined ? {} : { username }),
      });
      await reached('up');
      assert.deepEqual((await store.write([recordOf('shop', 'web-0')])).failed, []);
    });
  }
}

test('Sentinels with ACL users are asked as the user that is set for them', async (t) => {
  await using valkey = await startValkey({ args: ['--requirepass', PASSWORD] });
  await using sentinel = await startOneSentinel(valkey.port, [
    `sentinel auth-pass ${PRIMARY_NAME} "${PASSWORD}"`,
    'user default off',
    'user watcher on >watching -@all +sentinel|get-master-addr-by-name',
  ]);
  const { reached } = openStore(t, [sentinel.port], {
    ...sentinelMode({ username: 'watcher', passwordFile: file('watcher', 'watching') }),
    passwordFile: file('servers', PASSWORD),
  });
  await reached('up');
});

test('a wrong password of the Sentinels is the reason, and the file is read again at the next attempt', async (t) => {
  await using valkey = await startValkey();
  await using sentinel = await startOneSentinel(valkey.port, ['requirepass right']);
  const passwordFile = file('rotated', 'wrong');
  const { changes, reached } = openStore(t, [sentinel.port], sentinelMode({ passwordFile }));
  await reached('down');
  assert.match(changes[0]?.reason ?? '', /^no Sentinel named the primary: 127\.0\.0\.1:\d+: WRONGPASS /);
  file('rotated', 'right');
  await reached('up');
});

test('a password file of the Sentinels that is missing is named, until it is there', async (t) => {
  await using valkey = await startValkey();
  await using sentinel = await startOneSentinel(valkey.port, ['requirepass right']);
  const passwordFile = join(folder, 'later');
  const { changes, reached } = openStore(t, [sentinel.port], sentinelMode({ passwordFile }));
  await reached('down');
  assert.match(changes[0]?.reason ?? '', /^ENOENT: .*later.*; no Sentinel named the primary: .*NOAUTH /);
  file('later', 'right');
  await reached('up');
});

test('one password for all that is replaced everywhere is used after the next failover', async (t) => {
  const passwordFile = file('shared', 'old');
  await using pair = await startSentinel({
    password: 'old',
    lines: ['requirepass old'],
    login: { password: 'old' },
  });
  const { store, reached } = openStore(t, [pair.sentinelPort], { ...sentinelMode(), passwordFile });
  await reached('up');
  // The Sentinel takes another password, and goes on with the old one at the servers, which take both.
  using sentinel = openAdmin(pair.sentinelPort, { password: 'old' });
  await sentinel.redis.call('ACL', 'SETUSER', 'default', 'resetpass', '>new');
  using replica = openAdmin(pair.replica.port, { password: 'old' });
  await replica.redis.call('ACL', 'SETUSER', 'default', '>new');
  file('shared', 'new');
  pair.primary.kill();
  await reached('down');
  await reached('up', 30_000);
  assert.equal((await store.write([recordOf('shop', 'web-0')])).written, 1);
});

test('Sentinels that only the first one knows are asked when it is away', async (t) => {
  await using valkey = await startValkey();
  await using first = await startOneSentinel(valkey.port);
  await using second = await startOneSentinel(valkey.port);
  // They find each other by the primary.
  for (const { process } of [first, second])
    await process.line((line) => line.includes('+sentinel ') || undefined, 'it knew the other');
  const { changes, reached } = openStore(t, [first.port], sentinelMode());
  await reached('up');
  await first.process.stop();
  using admin = openAdmin(valkey.port);
  await admin.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await reached('down');
  await reached('up');
  assert.equal(changes.length, 3);
  assert.ok(second);
});

test('where a Sentinel names a server that is a replica by now, the next one is asked', async (t) => {
  await using pair = await startSentinel();
  await using stale = await startOneSentinel(pair.replica.port, [
    `sentinel failover-timeout ${PRIMARY_NAME} 60000`,
  ]);
  const ports = [stale.port, pair.sentinelPort];
  const { store, reached } = openStore(t, ports, sentinelMode());
  await reached('up');
  assert.deepEqual(outcome(await store.write([recordOf('shop', 'web-0')])), { written: 1, failed: [] });
});
