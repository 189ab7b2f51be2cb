import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'puppeteer-core';
import { startInCluster } from '../contract/api-cluster.ts';
import { capture, openPage, startBrowser } from './browser.ts';
import { type Fleet, PODS, startFleet, WORKLOADS } from './fleet.ts';
import { type Served, serveDashboard } from './served.ts';

// The page of a large cluster: when it shows its first values, and what it costs while it is open.

const MAX_PAINT_MS = 2_000;
/** Of a core. */
const MAX_CPU = 0.05;
const MEASURED_MS = 20_000;
/** Ticks of utime and stime a second: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const TICKS = 100;

const started = new AsyncDisposableStack();
let fleet: Fleet;
let browser: Browser;
let served: Served;
before(
  async () => {
    const bench = started.use(await startInCluster({ env: { METRIC_TTL: '1h' } }));
    fleet = await startFleet(bench);
    served = started.use(await serveDashboard([], fleet.env));
    browser = await startBrowser();
    started.defer(() => browser.close());
  },
  { timeout: 900_000 },
);
after(() => started.disposeAsync());

/** CPU time of a process so far, in s. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** The share of a core that the dashboard's process uses while something is open. */
async function cpuShare(): Promise<number> {
  const before = cpuSeconds(served.process.pid);
  await sleep(MEASURED_MS);
  return (cpuSeconds(served.process.pid) - before) / (MEASURED_MS / 1000);
}

test(`${WORKLOADS} workloads of ${PODS} pods are shown within ${MAX_PAINT_MS} ms, for less than ${100 * MAX_CPU} % of a core`, {
  timeout: 300_000,
}, async (t) => {
  const start = performance.now();
  const { page, faults } = await openPage(browser, served.url);
  await page.waitForFunction(
    'document.querySelectorAll("tbody .amount > data:not([value=\\"\\"])").length >= 20',
  );
  const painted = performance.now() - start;
  t.diagnostic(`first values on the page after ${Math.round(painted)} ms`);
  await capture(page, 'large');
  const overview = await cpuShare();
  t.diagnostic(`overview: ${(100 * overview).toFixed(1)} % of a core`);

  await page.click('tbody a');
  await page.waitForFunction(`document.querySelectorAll(".pods tbody tr").length === ${PODS}`);
  await capture(page, 'large-workload');
  await page.waitForFunction('/passed/.test(document.body.textContent)', { timeout: 60_000 });
  const detail = await cpuShare();
  t.diagnostic(`workload: ${(100 * detail).toFixed(1)} % of a core`);

  await page.close();
  await sleep(2_000);
  const closed = await cpuShare();
  t.diagnostic(`no page: ${(100 * closed).toFixed(1)} % of a core`);
  assert.deepEqual(faults, []);
  assert.ok(painted < MAX_PAINT_MS, `${painted} ms`);
  assert.ok(overview < MAX_CPU && detail < MAX_CPU, `${overview}, ${detail}`);
  assert.ok(closed < 0.01, String(closed));
});
