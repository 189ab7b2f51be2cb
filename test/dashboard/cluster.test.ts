import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  clusterRoleBinding,
  EXTERNAL_METRICS,
  type FaultProxy,
  namespace,
  registerApi,
  runPods,
  startApi,
  startFaultProxy,
} from '@activescale/devkit';
import type { Browser, Page } from 'puppeteer-core';
import { API_USER, type ClusterBench, startInCluster } from '../contract/api-cluster.ts';
import { pod, workload } from '../contract/cluster-objects.ts';
import { demandRecord, gateway, restRecord } from '../contract/demand-records.ts';
import type { CliEnv } from '../e2e/cli/run-cli.ts';
import { createSoundSystem, hpa, recordsOf } from '../e2e/cli/sound-system.ts';
import { violations } from './accessibility.ts';
import { capture, gone, openPage, seen, startBrowser, type WatchedPage } from './browser.ts';
import { explained } from './explained.ts';
import { type Served, serveDashboard } from './served.ts';

// The page beside a real control plane, Valkey and api: it shows what explain says, and faults come and go without a reload.

const LIFE = { expiry: 3_600_000 } as const;
const PLAIN = 'plain';
const HTML = '<img src=x onerror="window.hacked = true">';

const started = new AsyncDisposableStack();
let bench: ClusterBench;
let valkey: FaultProxy;
let env: CliEnv;
let pods: readonly string[];
let browser: Browser;
let served: Served;
let watched: WatchedPage;
let page: Page;

before(async () => {
  bench = started.use(await startInCluster({ env: { METRIC_TTL: '1h', EXTERNAL_METRICS: 'true' } }));
  const { plane, api } = bench;
  await registerApi(plane.admin, {
    securePort: api.securePort,
    caBundle: plane.ca.cert,
    versions: EXTERNAL_METRICS,
  });
  valkey = started.use(await startFaultProxy(bench.valkey.port));
  env = { KUBECONFIG: await plane.kubeconfig(), VALKEY_ADDR: valkey.addr, METRIC_TTL: '1h' };
  pods = await createSoundSystem(plane.admin);
  await createPlain();
  await push(12, 7);
  served = started.use(await serveDashboard([], env));
  browser = await startBrowser();
  started.defer(() => browser.close());
  watched = await openPage(browser, served.url);
  page = watched.page;
});
after(() => started.disposeAsync());

/** What web's two proxies, and the gateway for the Service `web`, report. */
async function push(one: number, two: number): Promise<void> {
  const slots = (active: number) =>
    Array.from({ length: 30 }, (_, i) => ({
      active,
      mean: active * (1 + Math.sin(i / 3) / 4),
      started: active,
    }));
  await bench.put(
    ...recordsOf(pods, LIFE).map((record, i) => {
      const active = i === 0 ? one : two;
      return { ...record, active, slots: slots(active) };
    }),
    demandRecord('service', PLAIN, gateway('gw-1'), {
      ...LIFE,
      active: one + two,
      pending: 1,
      slots: slots(one + two),
    }),
    restRecord('service', gateway('gw-1'), LIFE),
  );
}

/** A second workload, without proxies: its HPA uses the demand for its Service. */
async function createPlain(): Promise<void> {
  const { admin } = bench.plane;
  const labels = { app: PLAIN };
  const metadata = { name: PLAIN, namespace: 'shop' };
  await admin.apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { ports: [{ port: 80 }], selector: labels },
  });
  await admin.apply(workload('Deployment', 'shop', PLAIN, labels, 1));
  await admin.apply(namespace('edge'));
  await admin.apply(pod('edge', 'gw-1', { app: 'gw' }));
  await runPods(admin, { namespace: 'edge', labelSelector: 'app=gw' });
  const describedObject = { apiVersion: 'v1', kind: 'Service', name: PLAIN };
  const target = { type: 'AverageValue', averageValue: '10' };
  const object = { metric: { name: 'demand_requests' }, describedObject, target };
  const { spec, ...hpaOfPlain } = hpa(PLAIN, 'load', PLAIN);
  await admin.apply({ ...hpaOfPlain, spec: { ...(spec as object), metrics: [{ type: 'Object', object }] } });
}

interface ShownRow {
  readonly values: readonly (number | null)[];
  readonly coverage: string;
}

function shownRow(name: string): Promise<ShownRow> {
  return page.evaluate(`shown.row('#/shop/${name}')`) as Promise<ShownRow>;
}

interface ShownWorkload {
  readonly values: readonly (number | null)[];
  readonly active: Readonly<Record<string, number>>;
  readonly replicas: string;
}

function shownWorkload(): Promise<ShownWorkload> {
  return page.evaluate('shown.workload()') as Promise<ShownWorkload>;
}

test('the overview shows each workload with the values of explain', { timeout: 120_000 }, async () => {
  await seen(page, 'Workloads');
  await page.waitForSelector('tbody tr');
  const { values } = await explained('web', env);
  const row = await shownRow('web');
  assert.deepEqual(row.values, values);
  assert.equal(row.coverage, '2 of 2 pods');
  const demand = await shownRow(PLAIN);
  assert.equal(demand.coverage, '1 of 1 sources');
  await capture(page, 'overview');
});

test('the page of a workload shows the numbers of explain, and follows them', {
  timeout: 120_000,
}, async () => {
  await page.click('a[href="#/shop/web"]');
  await seen(page, 'Decision of the HPA');
  for (const [one, two] of [
    [12, 7],
    [40, 3],
    [0, 1],
  ] as const) {
    await push(one, two);
    await page.waitForFunction(
      `document.querySelector('.pods .strong data')?.getAttribute('value') === '${one}'`,
    );
    const said = await explained('web', env);
    const shown = await shownWorkload();
    assert.deepEqual(shown.values, said.values);
    assert.deepEqual(shown.active, said.active);
    assert.equal(shown.replicas, `${said.current} of 2 to 10`);
  }
  await push(12, 7);
  await seen(page, /checks? passed/, 60_000);
  await capture(page, 'workload');
});

test('the demand of a workload is shown by source', { timeout: 60_000 }, async () => {
  await page.goto(`${new URL(served.url).origin}/#/shop/plain`);
  await seen(page, 'edge/gw-1, port 80');
  await seen(page, 'sum, 1 of 1 records included');
  await capture(page, 'demand');
});

test('names and messages are shown as text, whatever they contain', { timeout: 60_000 }, async () => {
  const now = new Date().toISOString();
  const involvedObject = { kind: 'HorizontalPodAutoscaler', namespace: 'shop', name: 'web' };
  const event = { involvedObject, reason: 'Hack', message: HTML, type: 'Warning', lastTimestamp: now };
  const metadata = { name: 'web.1', namespace: 'shop' };
  await bench.plane.admin.apply({ apiVersion: 'v1', kind: 'Event', metadata, ...event });
  await page.goto(`${new URL(served.url).origin}/#/shop/web`);
  await seen(page, HTML, 30_000);
  assert.equal(await page.evaluate('document.images.length'), 1); // the logo
  assert.equal(await page.evaluate('"hacked" in window'), false);
});

test('a Valkey that is gone is shown with its remedy, and the page recovers without a reload', {
  timeout: 120_000,
}, async () => {
  await page.evaluate('window.sameLoad = true');
  valkey.refuse();
  await seen(page, /Valkey\s.*Start it, or the port-forward to it/s, 30_000);
  await seen(page, 'Decision of the HPA');
  await capture(page, 'valkey-stopped');
  valkey.heal();
  await gone(page, 'port-forward', 30_000);
  await seen(page, 'live');
  assert.equal(await page.evaluate('window.sameLoad'), true);
});

test('an api that is gone is shown with its remedy, and the page recovers without a reload', {
  timeout: 180_000,
}, async () => {
  const { plane, certFile, keyFile } = bench;
  const port = bench.api.securePort;
  await bench.api.stop();
  await seen(page, /metrics API\s.*does not answer/s, 60_000);
  await capture(page, 'api-stopped');
  started.use(
    await startApi({
      VALKEY_ADDR: bench.valkey.addr,
      KUBECONFIG: await plane.kubeconfig({ name: API_USER }),
      TLS_CERT_FILE: certFile,
      TLS_KEY_FILE: keyFile,
      METRIC_TTL: '1h',
      EXTERNAL_METRICS: 'true',
      SECURE_PORT: String(port),
    }),
  );
  await gone(page, 'does not answer', 60_000);
  assert.equal(await page.evaluate('window.sameLoad'), true);
});

test('a missing right is shown with its remedy, and the page recovers when it is granted', {
  timeout: 120_000,
}, async () => {
  const person = { kind: 'User', name: 'newcomer' } as const;
  const KUBECONFIG = await bench.plane.kubeconfig({ name: person.name });
  await using newcomer = await serveDashboard([], { ...env, KUBECONFIG });
  const other = await openPage(browser, newcomer.url);
  await seen(other.page, /access\s.*cannot list resource "horizontalpodautoscalers".*ClusterRole view/s);
  await capture(other.page, 'no-access');
  await bench.plane.admin.apply(clusterRoleBinding('newcomer', 'system:aggregate-to-view', person));
  await other.page.waitForSelector('tbody tr', { timeout: 30_000 });
  await gone(other.page, 'cannot list');
  assert.deepEqual(other.faults, []);
  await other.page.close();
  await page.bringToFront(); // a hidden page reads nothing
});

test('the page meets WCAG AA in light and dark', { timeout: 120_000 }, async () => {
  assert.deepEqual(await violations(page), []);
  await page.goto(`${new URL(served.url).origin}/#/`);
  await page.waitForSelector('tbody tr');
  assert.deepEqual(await violations(page), []);
  await page.type('input', 'nothing like it');
  await seen(page, 'Nothing matches');
  await capture(page, 'nothing-found');
  assert.deepEqual(await violations(page), []);
});

test('a workload is found, opened and left by the keyboard alone', { timeout: 60_000 }, async () => {
  await page.goto(`${new URL(served.url).origin}/#/?search=plain`);
  await page.waitForFunction('document.querySelectorAll("tbody tr").length === 1');
  await page.focus('input');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await seen(page, 'Decision of the HPA');
  assert.equal(await page.evaluate('document.activeElement.id'), 'main');
});

test('nothing was an error, and nothing was asked of another host', () => {
  assert.deepEqual(watched.faults, []);
});

test('without the token, and after the command has ended, the page says what to do', {
  timeout: 60_000,
}, async () => {
  await using other = await serveDashboard([], env);
  const { page, faults } = await openPage(browser, new URL(other.url).origin);
  await seen(page, 'Open the URL that activescale dashboard printed');
  await capture(page, 'no-token');
  assert.deepEqual(
    faults.filter((fault) => !fault.includes('401')),
    [],
  );
  await page.goto(other.url);
  await page.waitForSelector('tbody tr');
  assert.doesNotMatch(page.url(), /token/);
  await other.process.stop();
  await seen(page, 'does not answer');
  await capture(page, 'ended');
});
