import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test, { type TestContext } from 'node:test';
import { descendants, isAlive, until } from '@activescale/devkit';

interface Demo {
  npm: ChildProcess;
  lines: string[];
  exited: Promise<unknown[]>;
}

/** `npm run demo`, as a user types it, without a terminal. What a failing test leaves of it is killed. */
function runDemo(t: TestContext, env: NodeJS.ProcessEnv = {}, script = 'demo'): Demo {
  const npm = spawn('npm', ['run', script], {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => killGroup(npm.pid ?? 0));
  const lines: string[] = [];
  createInterface({ input: npm.stdout }).on('line', (line) => lines.push(line));
  return { npm, lines, exited: once(npm, 'exit') };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
  }
}

/** The processes of a demo that is up: npm's own, the demo, and all that it has started. */
async function processesOf({ npm, lines }: Demo, envoys = 3): Promise<number[]> {
  await until(() => lines.some((line) => line.includes('in_flight=')), {
    what: 'the demo',
    deadline: 60_000,
  });
  const processes = await descendants(npm.pid ?? 0);
  const count = (name: RegExp) => processes.filter(({ command }) => name.test(command)).length;
  assert.equal(count(/^\S*valkey-server /), 1);
  assert.equal(count(/^\S*envoy /), envoys);
  assert.equal(count(/^\S*node .*services\/(ingest|api)\/src\/main\.ts$/), 2);
  return [npm.pid ?? 0, ...processes.map(({ pid }) => pid)];
}

async function allGone(pids: readonly number[]): Promise<void> {
  await until(() => pids.every((pid) => !isAlive(pid)), { what: 'no process to be left', deadline: 20_000 });
}

const pod = /(?<name>\S+) in_flight=(?<truth>\d+) pushed=(?<answer>[\d.]+|-)/g;

test('the demo ends after DEMO_SECONDS, pushed values follow the requests in flight, and a summary comes last', {
  timeout: 120_000,
}, async (t) => {
  const demo = runDemo(t, { DEMO_SECONDS: '20' });
  const pids = await processesOf(demo);
  assert.deepEqual(await demo.exited, [0, null]);
  await allGone(pids);

  const right = new Map<string, Set<string>>();
  for (const [, name = '', truth = '', answer = ''] of demo.lines.join('\n').matchAll(pod)) {
    if (truth === answer) right.set(name, (right.get(name) ?? new Set()).add(answer));
  }
  assert.ok(right.size >= 3, demo.lines.join('\n'));
  const several = [...right.values()].filter((values) => values.size > 1);
  assert.ok(several.length >= 3, `at one level only:\n${demo.lines.join('\n')}`);
  assert.ok(demo.lines.some((line) => /HPA 3 -> [45] pods, by the scrape \d/.test(line)));
  const summary = demo.lines.slice(demo.lines.findIndex((line) => /^Summary of \d+ s$/.test(line)));
  assert.equal(summary.length, 8, demo.lines.join('\n'));
  assert.match(summary[2] ?? '', /^ {2}oldest value +\d+\.\d s +\d+\.\d s$/);
  assert.match(summary.at(-1) ?? '', /^ {2}A scrape would change \d of \d decisions\.$/);
});

test('in the demo of a gateway, Services without a pod start one when they are called, and end it when they are not', {
  timeout: 120_000,
}, async (t) => {
  const demo = runDemo(t, { DEMO_SECONDS: '60' }, 'demo:gateway');
  const pids = await processesOf(demo, 1);
  assert.deepEqual(await demo.exited, [0, null]);
  await allGone(pids);

  const text = demo.lines.join('\n');
  // A call has been rejected, and there is no pod yet. Valkey has just started, so a 0 is not known yet.
  assert.match(text, /pay calls=9 in_flight=0 active=- demand=1 pods=0/);
  assert.match(text, /web calls=\d+ in_flight=\d+ active=2\d demand=2\d pods=3/);
  const summary = demo.lines.slice(demo.lines.findIndex((line) => /^Summary of \d+ s$/.test(line)));
  assert.match(summary.join('\n'), /^ {2}web: 0 -> 1 -> 3/m);
  assert.match(summary.join('\n'), /^ {2}pay: 0 -> 1 -> 0/m);
  assert.match(summary.join('\n'), /^ {4}calls waited up to \d+\.\d s for the first pod$/m);
});

const ends: readonly { how: string; send: (npm: ChildProcess) => boolean }[] = [
  {
    how: 'Ctrl-C, which a terminal sends to the whole group',
    send: ({ pid = 0 }) => process.kill(-pid, 'SIGINT'),
  },
  { how: 'SIGTERM to npm alone', send: (npm) => npm.kill('SIGTERM') },
  { how: 'kill -9 of npm alone', send: (npm) => npm.kill('SIGKILL') },
];

for (const { how, send } of ends) {
  test(`no process is left after ${how}`, { timeout: 120_000 }, async (t) => {
    const demo = runDemo(t);
    const pids = await processesOf(demo);
    assert.ok(send(demo.npm));
    await allGone(pids);
  });
}

test('no process is left after SIGTERM to the demo, and it exits with 0', { timeout: 120_000 }, async (t) => {
  const demo = runDemo(t);
  const pids = await processesOf(demo);
  const processes = await descendants(demo.npm.pid ?? 0);
  const main = processes.find(({ command }) => /^\S*node \S*devkit\/src\/demo\/main\.ts$/.test(command));
  process.kill(main?.pid ?? 0, 'SIGTERM');
  assert.deepEqual(await demo.exited, [0, null]);
  await allGone(pids);
});
