import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startValkey, type Valkey } from '@activescale/devkit';
import { aclFile, generatePasswords, replicationFile } from './valkey-users.ts';

const PASSWORDS = generatePasswords();
// With letters that mean something in a pattern of keys.
const PREFIX = 'a*[b]';

const started = new AsyncDisposableStack();
let valkey: Valkey;
before(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'users-'));
  started.defer(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'users.acl'), aclFile(PASSWORDS, PREFIX));
  valkey = started.use(await startValkey({ args: ['--aclfile', join(folder, 'users.acl')] }));
});
after(() => started.disposeAsync());

/** The answers to commands in Valkey's inline form, a line each: https://valkey.io/topics/protocol/#inline-commands */
async function answers(...commands: readonly string[]): Promise<string[]> {
  const socket = connectSocket(valkey.port, '127.0.0.1');
  socket.end(`${[...commands, 'QUIT'].join('\r\n')}\r\n`);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await once(socket, 'close');
  return text.split('\r\n');
}

const as = (user: keyof typeof PASSWORDS) => `AUTH ${user} ${PASSWORDS[user]}`;

test('every user needs a password, except to PING', async () => {
  for (const command of ['PING', 'TIME', 'SET a*[b]:x 1', 'ACL LIST', 'CLUSTER INFO'])
    assert.match((await answers(command))[0] ?? '', /^-NOAUTH/, command);
  const probe = await answers('AUTH probe any', 'PING', 'TIME', 'GET a*[b]:x');
  assert.deepEqual(probe.slice(0, 2), ['+OK', '+PONG']);
  for (const refused of probe.slice(2, 4)) assert.match(refused, /^-NOPERM/);
  assert.match((await answers('AUTH activescale wrong'))[0] ?? '', /^-WRONGPASS/);
});

test('the services may do what they need to keys of their prefix, and nothing else', async () => {
  const allowed = await answers(as('activescale'), 'SET a*[b]:x 1 PX 9000', 'ZADD a*[b]:y 1 m', 'TIME');
  assert.deepEqual(allowed.slice(0, 3), ['+OK', '+OK', ':1']);
  const tries = ['SET other:x 1', 'SET aXb:x 1', 'SET ab:x 1', 'DEL a*[b]:x', 'KEYS *', 'FLUSHALL'];
  tries.push(
    'CONFIG GET *',
    'SCRIPT FLUSH',
    'ACL LIST',
    'CLUSTER RESET',
    'SHUTDOWN',
    'SUBSCRIBE x',
    'SELECT 1',
  );
  const refused = (await answers(as('activescale'), ...tries)).slice(1, tries.length + 1);
  for (const [i, answer] of refused.entries()) assert.match(answer, /^-NOPERM/, String(tries[i]));
});

test('a script of the services may do nothing that their user may not', async () => {
  const scripts = ["redis.call('DEL',KEYS[1])", "redis.call('SET','other:x',1)", "redis.call('FLUSHALL')"];
  const tries = scripts.map((script) => `EVAL "${script}" 1 a*[b]:x`);
  const refused = (await answers(as('activescale'), ...tries)).slice(1, tries.length + 1);
  for (const [i, answer] of refused.entries())
    assert.match(answer, /^-ERR ACL failure in script/, String(tries[i]));
});

test('the nodes and the scripts of a cluster may not touch a record', async () => {
  for (const user of ['replica', 'cluster'] as const) {
    const [login = '', ping, ...refused] = await answers(
      as(user),
      'PING',
      'MGET a*[b]:x',
      'SET a*[b]:x 1',
      'KEYS *',
    );
    assert.deepEqual([login, ping], ['+OK', '+PONG']);
    for (const answer of refused.slice(0, 3)) assert.match(answer ?? '', /^-NOPERM/);
  }
});

test('each installation gets its own passwords, which need no quotes', () => {
  const all = [...Object.values(PASSWORDS), ...Object.values(generatePasswords())];
  assert.equal(new Set(all).size, 6);
  for (const password of all) assert.match(password, /^[\w-]{43}$/);
  assert.equal(replicationFile(PASSWORDS), `primaryuser replica\nprimaryauth ${PASSWORDS.replica}\n`);
  for (const password of Object.values(PASSWORDS)) assert.ok(!aclFile(PASSWORDS, 'p').includes(password));
});
