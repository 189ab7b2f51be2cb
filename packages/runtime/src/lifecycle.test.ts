import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

interface Run {
  readonly child: ChildProcess;
  /** Resolves at the first line of stdout that holds `text`. */
  line(text: string): Promise<void>;
  /** Exit code, with everything that was written. */
  ended(): Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** Runs `body` in a process of its own, with the runtime imported. */
function run(body: string, args: readonly string[] = []): Run {
  const program = `
    import { commonSettings, createParts, readSettings, runProcess } from './index.ts';
    const hold = setInterval(() => {}, 1000);
    ${body}`;
  const flags = ['--input-type=module-typescript', '--eval', program, '--'];
  const child = spawn(process.execPath, [...flags, ...args], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ADMIN_PORT: '-1', METRIC_TTL: 'soon' },
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const closed = once(child, 'close');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    child.emit('output');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return {
    child,
    async line(text) {
      while (!stdout.includes(text)) await Promise.race([once(child, 'output'), closed.then(fail(text))]);
    },
    async ended() {
      await closed;
      return { code: child.exitCode, stdout, stderr };
    },
  };

  function fail(text: string): () => never {
    return () => assert.fail(`ended without a line with ${text}:\n${stdout}${stderr}`);
  }
}

const RUNNING = `
  await runProcess({ name: 'test', deadlineMs: 300, async main(signal) {
    const parts = createParts();
    parts.add('store', { close: () => console.log('store closed, aborted: ' + signal.aborted) });
    parts.add('server', { close: async () => { await CLOSE; console.log('server closed'); } });
    console.log('up');
    return parts;
  } });`;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} closes the parts in reverse and exits with 0`, async () => {
    const { child, line, ended } = run(RUNNING.replace('CLOSE', 'null'));
    await line('up');
    child.kill(signal);
    const { code, stdout } = await ended();
    assert.equal(code, 0, stdout);
    // The log is written in the background, what the parts print at once: the order holds within each.
    const lines = stdout.split('\n').filter((line) => line !== '' && line !== 'up');
    const printed = lines.filter((line) => !line.startsWith('{'));
    const logged = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line).msg);
    assert.deepEqual(printed, ['server closed', 'store closed, aborted: true']);
    assert.deepEqual(logged, ['stopping', 'stopped']);
  });
}

test('a close that overruns the deadline exits with 1 and names what is still open', async () => {
  const { child, line, ended } = run(RUNNING.replace('CLOSE', 'new Promise(() => {})'));
  await line('up');
  child.kill('SIGTERM');
  const { code, stdout } = await ended();
  assert.equal(code, 1);
  assert.match(stdout, /"open":\["server","store"\].*"msg":"shutdown deadline exceeded"/);
});

test('a second signal exits with 1 at once', async () => {
  const body = RUNNING.replace('CLOSE', 'new Promise(() => {})').replace(
    'deadlineMs: 300',
    'deadlineMs: 60_000',
  );
  const { child, line, ended } = run(body);
  await line('up');
  child.kill('SIGTERM');
  await line('"msg":"stopping"');
  child.kill('SIGINT');
  const { code, stdout } = await ended();
  assert.equal(code, 1);
  assert.match(stdout, /second signal/);
});

for (const [kind, statement] of [
  ['exception', 'setTimeout(() => { throw new Error("boom"); })'],
  ['rejection', 'Promise.reject(new Error("boom"))'],
] as const) {
  test(`an unexpected ${kind} is logged, the parts are closed and the exit code is 1`, async () => {
    const { ended } = run(`${RUNNING.replace('CLOSE', 'null')} ${statement};`);
    const { code, stdout } = await ended();
    assert.equal(code, 1);
    assert.match(stdout, /"level":"fatal".*boom.*"msg":"unexpected error"/);
    assert.match(stdout, /store closed/);
  });
}

test('a close that fails exits with 1 and says why', async () => {
  const { child, line, ended } = run(RUNNING.replace('CLOSE', 'Promise.reject(new Error("stuck"))'));
  await line('up');
  child.kill('SIGTERM');
  const { code, stdout } = await ended();
  assert.equal(code, 1);
  assert.match(stdout, /closing server failed/);
  assert.match(stdout, /stuck/);
});

test('invalid configuration are all listed on stderr and exit with 1', async () => {
  const { ended } = run(`
    await runProcess({ name: 'test', async main() {
      readSettings(process.env, commonSettings);
      return createParts();
    } });`);
  const { code, stdout, stderr } = await ended();
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^test: invalid configuration:\n {2}METRIC_TTL="soon": .*\n {2}ADMIN_PORT="-1": .*\n$/,
  );
  assert.equal(stdout, '');
});

test('a start that fails is logged and exits with 1', async () => {
  const { ended } = run(`
    await runProcess({ name: 'test', main: () => Promise.reject(new Error('port taken')) });`);
  const { code, stdout } = await ended();
  assert.equal(code, 1);
  assert.match(stdout, /port taken.*"msg":"cannot start"/);
});

test('a signal while it starts aborts the start and exits with 0', async () => {
  const { child, line, ended } = run(`
    await runProcess({ name: 'test', async main(signal) {
      console.log('starting');
      await new Promise((resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      return createParts();
    } });`);
  await line('starting');
  child.kill('SIGTERM');
  const { code } = await ended();
  assert.equal(code, 0);
});

test('--print-settings prints the settings as JSON and starts nothing', async () => {
  const { ended } = run(
    `clearInterval(hold);
     await runProcess({ name: 'test', settings: commonSettings, main: () => Promise.reject(new Error('started')) });`,
    ['--print-settings'],
  );
  const { code, stdout } = await ended();
  assert.equal(code, 0);
  const [first] = JSON.parse(stdout);
  assert.equal(first.name, 'VALKEY_ADDR');
});
