import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { isAlive } from '../tools/cache.ts';
import { start } from './start.ts';
import { until } from './until.ts';

const node = (script: string) => ({ command: process.execPath, args: ['-e', script] });
const forever = 'setInterval(() => {}, 1000);';

test('what it writes can be waited for and read', async () => {
  await using server = start(node(`console.log('port 1'); console.error('bad'); ${forever}`));
  assert.equal(await server.line((line) => /port (\d)/.exec(line)?.[1], 'its port'), '1');
  await server.line((line) => line === 'bad' || undefined, 'its error');
  assert.match(server.logs(), /port 1/);
});

test('a server that ends before its line is an error that carries its output', async () => {
  const server = start(node(`console.log('no such file'); process.exitCode = 3`));
  await assert.rejects(
    server.line((line) => line === 'ready' || undefined, 'it was ready'),
    /ended \(3\) before it was ready:[\s\S]*no such file/,
  );
  assert.equal(await server.exited, 3);
});

test('the environment is extended, and a variable given as undefined is taken out', async () => {
  await using server = start({
    ...node(`console.log(process.env.ADDED, process.env.HOME); ${forever}`),
    env: { ADDED: 'yes', HOME: undefined },
  });
  assert.equal(await server.line((line) => line, 'its environment'), 'yes undefined');
});

test('a server that ignores SIGTERM is killed', async () => {
  const server = start({
    ...node(`process.on('SIGTERM', () => {}); console.log('up'); ${forever}`),
    grace: 100,
  });
  await server.line((line) => line === 'up' || undefined, 'it was up');
  assert.equal(await server.stop(), 'SIGKILL');
});

test('a server and what it started are gone after kill -9 of their owner', async () => {
  const grandchild = `require('node:child_process').spawn('sleep', ['1000']).pid`;
  const owner = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { start } from ${JSON.stringify(new URL('./start.ts', import.meta.url).href)};
       const server = start(${JSON.stringify(node(`console.log(process.pid, ${grandchild}); ${forever}`))});
       console.log(await server.line((line) => line, 'its process ids'));`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = await once(createInterface({ input: owner.stdout }), 'line');
  const pids = String(line).split(' ').map(Number);
  assert.equal(pids.length, 2);
  for (const pid of pids) assert.equal(isAlive(pid), true);
  owner.kill('SIGKILL');
  await until(() => pids.every((pid) => !isAlive(pid)), { what: 'both to end' });
});
