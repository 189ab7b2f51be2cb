import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import test from 'node:test';
import { until } from './process/until.ts';
import { isAlive } from './tools/cache.ts';
import { startValkey } from './valkey.ts';

async function command(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${text}\r\n`);
  const [answer] = await once(socket, 'data');
  socket.destroy();
  return String(answer);
}

test('valkey answers PING and is gone after it is disposed', async () => {
  let pid: number;
  {
    await using valkey = await startValkey();
    pid = valkey.pid;
    assert.equal(valkey.addr, `127.0.0.1:${valkey.port}`);
    assert.equal(await command(valkey.port, 'PING'), '+PONG\r\n');
  }
  assert.equal(isAlive(pid), false);
});

test('valkey comes back empty on the same port after a restart, even if it has saved to its folder', async () => {
  await using valkey = await startValkey();
  const before = valkey.pid;
  assert.equal(await command(valkey.port, 'SET key value'), '+OK\r\n');
  assert.equal(await command(valkey.port, 'SAVE'), '+OK\r\n');
  await valkey.restart();
  assert.notEqual(valkey.pid, before);
  assert.equal(await command(valkey.port, 'GET key'), '$-1\r\n');
});

test('a valkey saves where no other valkey loads, and its files are gone after it is disposed', async () => {
  let folder: string | undefined;
  {
    await using valkey = await startValkey();
    assert.equal(await command(valkey.port, 'SET key value'), '+OK\r\n');
    assert.equal(await command(valkey.port, 'SAVE'), '+OK\r\n');
    await using other = await startValkey();
    assert.equal(await command(other.port, 'GET key'), '$-1\r\n');
    folder = /\r\ndir\r\n\$\d+\r\n(.*)\r\n$/.exec(await command(valkey.port, 'CONFIG GET dir'))?.[1];
    assert.ok(folder !== undefined && existsSync(folder));
  }
  assert.equal(existsSync(folder), false);
});

test('a frozen valkey ends as fast as another', async () => {
  const valkey = await startValkey();
  valkey.kill('SIGSTOP');
  const start = performance.now();
  await valkey.stop();
  assert.ok(performance.now() - start < 5_000);
});

test('an option that valkey refuses is an error with its own words', async () => {
  await assert.rejects(startValkey({ args: ['--no-such-option', '1'] }), /no-such-option/);
});

test('its files can be limited as by a full disk: it refuses writes, and takes them again once there is room', async () => {
  await using valkey = await startValkey({ args: ['--appendonly', 'yes'] });
  await valkey.limitFiles(1);
  const set = () => command(valkey.port, 'SET key value');
  await until(async () => /^-MISCONF .*AOF/.test(await set()), { what: 'a write to be refused', every: 100 });
  await valkey.limitFiles();
  await until(async () => (await set()) === '+OK\r\n', { what: 'a write to be taken', every: 100 });
});
