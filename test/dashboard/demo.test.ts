import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Process, start } from '@activescale/devkit';
import type { Browser } from 'puppeteer-core';
import { violations } from './accessibility.ts';
import { capture, openPage, seen, startBrowser, type WatchedPage } from './browser.ts';

// The page of npm run demo, beside what the demo's applications count.

const MAIN = new URL('../../packages/devkit/src/demo/main.ts', import.meta.url).pathname;
/** A flush is a second, and a reading another one. In ms. */
const PATIENCE_MS = 60_000;

let browser: Browser;
let demo: Process;
let watched: WatchedPage;
before(async () => {
  demo = start({ command: process.execPath, args: [MAIN], env: { DEMO_SECONDS: '120' } });
  const url = await demo.line((line) => (/^http:/.test(line) ? line : undefined), 'the URL of the page');
  browser = await startBrowser();
  watched = await openPage(browser, url);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

test('the demo has one workload, whose pods are shown beside the numbers that their applications count', {
  timeout: 180_000,
}, async () => {
  const { page } = watched;
  await seen(page, 'npm run demo', PATIENCE_MS);
  await page.waitForSelector('tbody a', { timeout: PATIENCE_MS });
  await page.click('tbody a');
  await seen(page, 'Counted by the app', PATIENCE_MS);
  const right = new Set<string>();
  const pods = `[...document.querySelectorAll('.pods tbody tr')].map((row) =>
    [row.querySelector('.name').textContent, ...[...row.querySelectorAll('data')].slice(1, 3).map(({ value }) => value)])`;
  const deadline = performance.now() + PATIENCE_MS;
  while (right.size < 3 && performance.now() < deadline) {
    for (const [name = '', pushed, counted] of (await page.evaluate(pods)) as string[][])
      if (pushed !== '' && pushed === counted) right.add(name);
  }
  assert.ok(right.size >= 3, [...right].join());
  await page.waitForFunction('document.querySelectorAll(".pods tbody tr").length > 3', {
    timeout: PATIENCE_MS,
  });
  await capture(page, 'demo');
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(watched.faults, []);
});
