import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { type DemoOptions, runDemo } from './run.ts';
import { openScreen } from './screen/screen.ts';
import { summaryLines } from './screen/summary.ts';
import { type Frame, plainLine, table } from './screen/table.ts';
import { startStack } from './stack.ts';
import { steps } from './traffic.ts';

const ARTIFACTS = join(import.meta.dirname, '../../../../artifacts/captures');
const WIDTHS = [44, 80, 160];

function isComplete({ rows }: Frame): boolean {
  return rows.every(({ count, pushed }) => count !== undefined && pushed !== undefined);
}

/** Runs it until it has had these numbers of pods, one after another, with a value for each pod. */
async function framesUntil(replicas: readonly number[], namespace: string) {
  const hpa = { averageValue: 10, min: 3, max: 5 };
  await using stack = await startStack(namespace, hpa.min);
  const frames: Frame[] = [];
  let seen = 0;
  const done = new AbortController();
  const draw: DemoOptions['draw'] = (frame) => {
    frames.push(frame);
    if (frame.rows.length === replicas[seen] && isComplete(frame)) seen++;
    if (seen === replicas.length) done.abort();
  };
  const end = AbortSignal.any([done.signal, AbortSignal.timeout(60_000)]);
  // Slow enough for a machine on which an Envoy starts in some seconds.
  const summary = await runDemo({ stack, namespace, hpa, load: steps(10, [24, 37, 48, 16]), end, draw });
  return { frames, seen, summary };
}

test('Envoys start and stop as the HPA decides by pushed values, and the frames fit into every terminal', {
  timeout: 180_000,
}, async () => {
  const { frames, seen, summary } = await framesUntil([3, 4, 5, 3], 'demo');
  assert.equal(seen, 4, JSON.stringify(summary));
  assert.ok(summary.decisions.some(({ from, pushed }) => from === 3 && pushed === 4));
  assert.ok(summary.decisions.some(({ from, pushed }) => from === 5 && pushed === 3));
  assert.ok(summary.scraped.age > summary.pushed.age, JSON.stringify(summary));

  const fullest = frames.findLast((frame) => frame.rows.length === 5 && isComplete(frame));
  assert.ok(fullest);
  await mkdir(ARTIFACTS, { recursive: true });
  for (const width of WIDTHS) {
    const drawn = frames.map((frame) => table(frame, width));
    for (const line of [...drawn.flat(), ...summaryLines(summary)])
      assert.ok(line.length <= width, `${width}: ${line}`);
    const capture = [...table(fullest, width), '', ...summaryLines(summary), ''].join('\n');
    for (const { pod, count, pushed } of fullest.rows)
      assert.match(capture, new RegExp(`^ +${pod} +${count} +${pushed}[ *]`, 'm'));
    await writeFile(join(ARTIFACTS, `demo-${width}.txt`), capture);
  }
});

const CROWDED: Frame = {
  rows: [{ pod: 'web-k2x7p', count: 300, pushed: 300, pending: false, scraped: 8 }],
  hpa: { averageValue: 10, min: 3, max: 5 },
  decision: { pushed: 5, scraped: 3 },
  scrape: { age: 1, every: 15 },
  look: { due: 1, every: 5 },
  trouble: 'Error: the api answered 503',
};

/** What is written to a terminal of so many columns: at the begin, for a frame, and at the end. */
function writtenTo(columns: number): string[] {
  const written: string[] = [];
  const terminal = { isTTY: true, columns, write: (text: string) => written.push(text) > 0, on: () => {} };
  {
    using screen = openScreen(terminal, { table, plainLine });
    screen.draw(CROWDED);
  }
  return written;
}

function linesOf(drawn: string): string[] {
  return drawn
    .slice('\x1b[H'.length)
    .split('\x1b[K')
    .map((line) => line.replace('\x1b[J', '').replace(/^\r\n/, ''));
}

test('a terminal is drawn in place at its width, and is as before at the end', () => {
  const [begin, drawn = '', end] = writtenTo(44);
  assert.equal(begin, '\x1b[?1049h\x1b[?25l');
  assert.equal(end, '\x1b[?25h\x1b[?1049l');
  assert.ok(drawn.startsWith('\x1b[H') && drawn.endsWith('\x1b[J'));
  const lines = linesOf(drawn);
  assert.ok(lines.every((line) => line.length <= 44));
  assert.ok(lines.includes('  web-k2x7p        300     300         8'));
});

test('a terminal that is narrower, or does not say its width, is drawn too', () => {
  const [, narrow = ''] = writtenTo(20);
  assert.ok(linesOf(narrow).every((line) => line.length <= 20));
  const [, unknown = ''] = writtenTo(0);
  assert.ok(
    linesOf(unknown).includes(`  web-k2x7p        300     300         8  ${'#'.repeat(38)}`),
    unknown,
  );
});
