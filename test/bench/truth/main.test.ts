import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';

const MAIN = join(import.meta.dirname, 'main.ts');
const RECORDED = join(import.meta.dirname, '../../data/envoy/default.bin');

/** What the command prints and ends with, called in `cwd` as npm calls it. */
function run(directory: string | undefined, cwd: string) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [MAIN, ...(directory === undefined ? [] : [directory])],
    {
      encoding: 'utf8',
      env: { ...process.env, CALLED_FROM: cwd },
    },
  );
  const rows = stdout.split('\n').filter((row) => row !== '');
  return { status, rows: rows.map((row) => row.split('\t')), stderr };
}

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'truth-'));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
}

test('a line a stream, tab-separated, for a folder named from where npm was called', (t) => {
  const streams = folder(t);
  cpSync(RECORDED, join(streams, 'idle.bin'));
  writeFileSync(join(streams, 'idle.truth'), '');
  const { status, rows, stderr } = run(basename(streams), dirname(streams));
  assert.deepEqual([status, stderr], [0, '']);
  assert.deepEqual(rows[0], [
    ...['stream', 'intervals', 'true mean', 'gauge RMSE', 'gauge bias', 'gauge worst'],
    ...['estimate RMSE', 'estimate bias', 'estimate worst'],
  ]);
  assert.equal(rows.length, 2);
  assert.deepEqual(rows[1]?.slice(0, 3), ['idle', '6', '0.000']);
  assert.ok(
    rows[1]?.slice(3).every((figure) => /^-?\d+\.\d{3}$/.test(figure)),
    String(rows[1]),
  );
});

test('a stream that cannot be read is named, and the others are printed', (t) => {
  const streams = folder(t);
  for (const name of ['cut', 'good', 'lines', 'mute', 'noise']) {
    cpSync(RECORDED, join(streams, `${name}.bin`));
    if (name !== 'mute') writeFileSync(join(streams, `${name}.truth`), '1 2 r\n');
  }
  writeFileSync(join(streams, 'cut.bin'), Buffer.alloc(10, 1));
  writeFileSync(
    join(streams, 'noise.bin'),
    Buffer.concat([Buffer.from([4, 0, 0, 0]), Buffer.alloc(16, 255)]),
  );
  writeFileSync(join(streams, 'lines.truth'), '1 2 r\nnonsense\n');
  const { status, rows, stderr } = run(streams, '/');
  assert.equal(status, 1);
  assert.deepEqual(
    rows.slice(1).map(([name]) => name),
    ['good'],
  );
  const complaints = stderr.split('\n');
  for (const [name, reason] of Object.entries({
    cut: /ends within/,
    lines: /line 2 .*nonsense/,
    mute: /mute\.truth/,
    noise: /./,
  })) {
    const complaint = complaints.find((line) => line.startsWith(join(streams, `${name}.bin: `)));
    assert.match(complaint ?? stderr, reason);
  }
});

test('a folder that is not there or holds no stream is named', (t) => {
  const empty = folder(t);
  for (const [directory, reason] of [
    [empty, 'holds no recorded stream'],
    [join(empty, 'gone'), 'cannot be read'],
  ] as const) {
    const { status, rows, stderr } = run(directory, '/');
    assert.deepEqual([status, rows], [1, []]);
    assert.ok(stderr.startsWith(`${directory} ${reason}`), stderr);
  }
});

test('without a folder it reads the recordings of the repository', () => {
  const { status, rows, stderr } = run(undefined, '/');
  assert.deepEqual([status, stderr], [0, '']);
  const streams = rows.slice(1).map(([name]) => name);
  assert.ok(streams.includes('bursty-1s') && streams.length >= 7, String(streams));
});
