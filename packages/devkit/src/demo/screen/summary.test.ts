import assert from 'node:assert/strict';
import test from 'node:test';
import { createComparison } from '../observe/comparison.ts';
import { createScrape } from '../observe/scrape.ts';
import { type Summary, summaryLines } from './summary.ts';

test('the summary compares both kinds of values, and fits into 44 columns', () => {
  const summary: Summary = {
    seconds: 20.2,
    peak: 48,
    pushed: { age: 1_240, error: 0, peak: 48 },
    scraped: { age: 14_900, error: 16, peak: 24 },
    decisions: [
      { from: 3, pushed: 4, scraped: 3 },
      { from: 4, pushed: 5, scraped: 4 },
      { from: 5, pushed: 3, scraped: 3 },
      { from: 3, pushed: 3, scraped: 3 },
    ],
  };
  assert.deepEqual(summaryLines(summary), [
    'Summary of 20 s',
    '                    pushed   scraped',
    '  oldest value       1.2 s    14.9 s',
    '  error per pod          0        16',
    '  highest total         48        24',
    '  The applications had up to 48 requests.',
    '  The HPA scaled 3 -> 4 -> 5 -> 3.',
    '  A scrape would change 2 of 4 decisions.',
  ]);
  const idle = summaryLines({ ...summary, decisions: [] });
  for (const line of [...summaryLines(summary), ...idle]) assert.ok(line.length <= 44, line);
  assert.ok(idle.includes('  The HPA scaled nothing.'));
});

test('a value is recent for a flush after the count has changed, and an error after that', () => {
  const comparison = createComparison();
  for (const [now, count] of [
    [0, 8],
    [900, 8],
    [1_000, 12],
    [1_500, 12],
    [6_000, 12],
  ] as const)
    comparison.note(new Map([['web', count]]), now);
  assert.deepEqual(
    [1_500, 6_000].map((now) => comparison.isRecent('web', 8, now)),
    [true, false],
  );
  const scraped8 = { values: new Map([['web', 8]]), age: 5_000 };
  comparison.compare(new Map([['web', 12]]), scraped8, 6_000);
  const { peak, pushed, scraped } = comparison.result();
  assert.equal(peak, 12);
  assert.deepEqual(pushed, { age: 0, error: 0, peak: 12 });
  assert.deepEqual(scraped, { age: 5_000, error: 4, peak: 8 });
});

test('a scrape keeps what it has read until the next one is due', () => {
  const scrape = createScrape(15_000, 1_000);
  scrape.note(new Map([['web', 8]]), 1_000);
  scrape.note(new Map([['web', 20]]), 9_000);
  assert.deepEqual([scrape.values().get('web'), scrape.age(9_000)], [8, 8_000]);
  scrape.note(new Map([['web', 4]]), 16_020);
  assert.deepEqual([scrape.values().get('web'), scrape.age(17_000)], [4, 1_000]);
});
