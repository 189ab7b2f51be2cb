import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLabelSelector } from '@activescale/protocol/kubernetes';
import { Registry } from 'prom-client';
import type { Answer } from '../metrics/observer.ts';
import { createLastAnswers } from './last-answers.ts';

const NOW = 1_800_000_000_000;
const GROUP = 'custom.metrics.k8s.io';

function answer(fields: Partial<Answer>): Answer {
  return {
    namespace: 'shop',
    resource: 'deployments.apps',
    name: 'web',
    selector: [],
    metric: { name: 'active_requests', signal: 'active_requests', function: 'last' },
    value: 12.5,
    timestamp: NOW - 1_500,
    now: NOW,
    pods: 4,
    counted: 3,
    omitted: new Map([['expired', 1]]),
    ...fields,
  };
}

function start() {
  const registry = new Registry();
  let now = NOW;
  const observe = createLastAnswers(registry, () => now)(GROUP);
  /** The lines of a metric, without its help. */
  const lines = async (name: string) => {
    const text = await registry.getSingleMetricAsString(`activescale_api_answer_${name}`);
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  };
  const pass = (ms: number) => {
    now += ms;
  };
  return { observe, lines, pass };
}

const LABELS =
  '{group="custom.metrics.k8s.io",namespace="shop",resource="deployments.apps",name="web",selector="",metric="active_requests",window=""}';

test('the last answer about an object is shown with its coverage, its age and its time', async () => {
  const { observe, lines } = start();
  observe(answer({ value: 99 }));
  observe(answer({}));
  assert.deepEqual(await lines('value'), [`activescale_api_answer_value${LABELS} 12.5`]);
  assert.deepEqual(await lines('coverage_ratio'), [`activescale_api_answer_coverage_ratio${LABELS} 0.75`]);
  assert.deepEqual(await lines('age_seconds'), [`activescale_api_answer_age_seconds${LABELS} 1.5`]);
  assert.deepEqual(await lines('timestamp_seconds'), [
    `activescale_api_answer_timestamp_seconds${LABELS} ${NOW / 1000}`,
  ]);
});

test('the pods of the last answer are counted by state', async () => {
  const { observe, lines } = start();
  observe(answer({ omitted: new Map([['no_record', 1]]) }));
  observe(answer({}));
  const labels = (state: string) => LABELS.replace('}', `,state="${state}"}`);
  assert.deepEqual(await lines('pods'), [
    `activescale_api_answer_pods${labels('counted')} 3`,
    `activescale_api_answer_pods${labels('expired')} 1`,
  ]);
});

test('an answer without a value removes the last value, and keeps the coverage', async () => {
  const { observe, lines } = start();
  observe(answer({}));
  observe(answer({ value: undefined, counted: 0 }));
  assert.deepEqual(await lines('value'), []);
  assert.deepEqual(await lines('age_seconds'), []);
  assert.deepEqual(await lines('coverage_ratio'), [`activescale_api_answer_coverage_ratio${LABELS} 0`]);
});

test('without pods there is a value and no coverage', async () => {
  const { observe, lines } = start();
  observe(answer({ value: 0, pods: 0, counted: 0 }));
  assert.equal((await lines('value')).length, 1);
  assert.deepEqual(await lines('coverage_ratio'), []);
});

test('metrics, windows and selectors of one name are kept apart', async () => {
  const { observe, lines } = start();
  const mean = { name: 'mean', signal: 'active_requests', function: 'mean' } as const;
  observe(answer({}));
  observe(answer({ metric: { ...mean, window: 60_000 } }));
  observe(answer({ metric: { ...mean, window: 30_000 } }));
  observe(answer({ resource: 'pods', name: '', selector: parseLabelSelector('tier in (b,a),app=web') }));
  const found = await lines('value');
  assert.equal(found.length, 4);
  assert.match(found[2] ?? '', /metric="mean",window="30s"/);
  assert.match(found[3] ?? '', /resource="pods",name="",selector="app=web,tier in \(a,b\)"/);
});

test('a long selector is a short label, and is still kept apart from others', async () => {
  const { observe, lines } = start();
  const long = (last: string) =>
    parseLabelSelector(`app in (${Array.from({ length: 900 }, (_, i) => `web-${i}`).join()},${last})`);
  for (const last of ['x', 'y']) observe(answer({ resource: 'pods', name: '', selector: long(last) }));
  const found = await lines('value');
  assert.equal(found.length, 2);
  for (const line of found) assert.ok(line.length < 500, `${line.length} characters`);
});

test('of more than 100 objects of a namespace the last answered are kept', async () => {
  const { observe, lines } = start();
  for (let i = 0; i < 100; i++) observe(answer({ name: `web-${i}` }));
  observe(answer({ name: 'web-0' }));
  observe(answer({ name: 'web-100' }));
  const found = await lines('value');
  assert.equal(found.length, 100);
  const has = (name: string) => found.some((line) => line.includes(`name="${name}"`));
  assert.deepEqual([has('web-0'), has('web-1'), has('web-2'), has('web-100')], [true, false, true, true]);
});

test('queries about one namespace do not evict the answers of another', async () => {
  const { observe, lines } = start();
  for (let i = 0; i < 450; i++) observe(answer({ namespace: `bank-${i}`, name: 'pay' }));
  for (let i = 0; i < 1_000; i++) observe(answer({ namespace: 'mine', name: `web-${i}` }));
  const found = await lines('value');
  assert.equal(found.length, 500);
  assert.equal(found.filter((line) => line.includes('namespace="bank-')).length, 450);
});

test('an object without a query for ten minutes is no longer shown', async () => {
  const { observe, lines, pass } = start();
  observe(answer({ name: 'old' }));
  pass(300_000);
  observe(answer({ name: 'new', now: NOW + 300_000 }));
  pass(300_001);
  const found = await lines('value');
  assert.equal(found.length, 1);
  assert.match(found[0] ?? '', /name="new"/);
});
