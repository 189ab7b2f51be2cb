import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Bench, METRICS, rfc3339, startStandalone, V1BETA1, V1BETA2 } from './api.ts';

// Every metric of the built-in catalogue, whole bodies, from records as ingest writes them.

let bench: Bench;
before(async () => {
  bench = await startStandalone();
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

/** A minute in slots of five seconds: 30 requests a second of 50 ms on average, a quarter of the answers 5xx. */
const BUSY = Array.from({ length: 12 }, () => ({
  length: 5_000,
  mean: 1.5,
  largest: 7,
  upstreamLargest: 6,
  started: 150,
  completed: 120,
  errors: 30,
  timed: 120,
  durations: 6_000,
  buckets: [0, 60, 1, 60],
}));
/** The minute of a pod without a request. */
const QUIET = Array.from({ length: 12 }, () => ({ length: 5_000 }));
const BOUNDS = [10, 100];
const gauges = { active: 3, upstreamActive: 2, pending: 1 };

const VALUES: Readonly<Record<(typeof METRICS)[number], string>> = {
  active_requests: '3',
  active_requests_mean_1m: '1500m',
  active_requests_mean_10s: '1500m',
  active_requests_max_1m: '7',
  upstream_active_requests: '2',
  upstream_active_requests_max_1m: '6',
  pending_requests: '1',
  requests_per_second: '30',
  request_duration_seconds_mean: '50m',
  request_duration_seconds_p50: '10m',
  request_duration_seconds_p95: '91m',
  request_duration_seconds_p99: '98m',
  request_error_ratio: '250m',
};

function windowOf(metric: string): string {
  if (metric.endsWith('_10s')) return ',"windowSeconds":10';
  return /^(active_requests|upstream_active_requests|pending_requests)$/.test(metric)
    ? ''
    : ',"windowSeconds":60';
}

function list(metric: string, items: readonly string[]): string {
  const version = 'custom.metrics.k8s.io/v1beta2';
  return `{"kind":"MetricValueList","apiVersion":"${version}","metadata":{},"items":[${items.map((item) => item.replace('METRIC', `"metric":{"name":"${metric}","selector":null}`))}]}\n`;
}

function pod(name: string, namespace: string, time: number, metric: string, value: string): string {
  return `{"describedObject":{"kind":"Pod","namespace":"${namespace}","name":"${name}","apiVersion":"v1"},METRIC,"timestamp":"${rfc3339(time)}"${windowOf(metric)},"value":"${value}"}`;
}

async function answerOf(path: string): Promise<[number, string]> {
  const { status, body } = await bench.get(path);
  return [status, body];
}

test('every metric of a pod, with the time of its sample and the time that it is taken over', async () => {
  const namespace = 'every';
  const now = await bench.put({ namespace, name: 'a', slots: BUSY, bounds: BOUNDS, age: 3_000, ...gauges });
  for (const metric of METRICS) {
    const item = pod('a', namespace, now - 3_000, metric, VALUES[metric]);
    const paths = [`pods/a/${metric}`, `pods/*/${metric}`];
    for (const path of paths) {
      assert.deepEqual(await answerOf(`${V1BETA2}/namespaces/${namespace}/${path}`), [
        200,
        list(metric, [item]),
      ]);
    }
  }
});

test('v1beta1 has the window under its own name', async () => {
  const now = await bench.put({ name: 'old-form', slots: BUSY });
  const { body } = await bench.get(`${V1BETA1}/namespaces/shop/pods/old-form/requests_per_second`);
  assert.equal(
    body,
    `{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta1","metadata":{},"items":[{"describedObject":{"kind":"Pod","namespace":"shop","name":"old-form","apiVersion":"v1"},"metricName":"requests_per_second","timestamp":"${rfc3339(now)}","window":60,"value":"30","selector":null}]}\n`,
  );
});

test('a pod without requests has a load of 0, and no durations: no item in a list, 404 by name', async () => {
  const namespace = 'quiet';
  const now = await bench.put({ namespace, name: 'a', slots: QUIET });
  const pods = `${V1BETA2}/namespaces/${namespace}/pods`;
  for (const metric of METRICS) {
    const known = !metric.startsWith('request_');
    const items = known ? [pod('a', namespace, now, metric, '0')] : [];
    assert.deepEqual(await answerOf(`${pods}/*/${metric}`), [200, list(metric, items)], metric);
    assert.equal((await answerOf(`${pods}/a/${metric}`))[0], known ? 200 : 404, metric);
  }
});

test('objects: loads are added up, durations and errors are those of all requests together', async () => {
  const namespace = 'object';
  const slow = { ...BUSY[0], length: 10_000, completed: 60, errors: 0, timed: 60, durations: 12_000 };
  const now = await bench.put(
    { namespace, name: 'a', slots: BUSY, bounds: BOUNDS, ...gauges },
    { namespace, name: 'b', slots: [slow], bounds: BOUNDS, active: 4, age: 2_000 },
    { namespace, name: 'c', slots: QUIET, age: 1_000 },
  );
  const expected: Readonly<Record<string, string>> = {
    active_requests: '7',
    active_requests_mean_1m: '3',
    active_requests_max_1m: '14',
    upstream_active_requests: '2',
    requests_per_second: '45',
    // (12 * 6,000 + 12,000) ms of 12 * 120 + 60 requests, and 12 * 30 errors of as many
    request_duration_seconds_mean: '56m',
    request_duration_seconds_p95: '91m',
    request_error_ratio: '240m',
  };
  for (const [metric, value] of Object.entries(expected)) {
    const item = `{"describedObject":{"kind":"Namespace","name":"${namespace}","apiVersion":"v1"},METRIC,"timestamp":"${rfc3339(now - 2_000)}"${windowOf(metric)},"value":"${value}"}`;
    assert.deepEqual(await answerOf(`${V1BETA2}/namespaces/${namespace}/metrics/${metric}`), [
      200,
      list(metric, [item]),
    ]);
  }
});

test('a silent pod is held in sums with its last window, and not in merges', async () => {
  const namespace = 'held';
  const slow = BUSY.map((slot) => ({ ...slot, durations: 60_000 }));
  const now = await bench.put(
    { namespace, name: 'fresh', slots: BUSY, bounds: BOUNDS },
    { namespace, name: 'silent', slots: slow, bounds: BOUNDS, age: 40_000 },
    { namespace, name: 'gone', slots: slow, bounds: BOUNDS, age: 55_000 },
  );
  const value = async (metric: string) => {
    const { body } = await bench.get(`${V1BETA2}/namespaces/${namespace}/metrics/${metric}`);
    const { items } = JSON.parse(body);
    return [items[0].value, items[0].timestamp];
  };
  assert.deepEqual(await value('requests_per_second'), ['60', rfc3339(now - 40_000)]);
  assert.deepEqual(await value('active_requests_mean_1m'), ['3', rfc3339(now - 40_000)]);
  assert.deepEqual(await value('request_duration_seconds_mean'), ['50m', rfc3339(now)]);
});

test('an object whose pods have too few requests has no quantile: 404', async () => {
  const namespace = 'few';
  const few = [{ timed: 9, durations: 90, buckets: [0, 9] }];
  await bench.put({ namespace, name: 'a', slots: few, bounds: BOUNDS });
  const path = `${V1BETA2}/namespaces/${namespace}/metrics/request_duration_seconds_p95`;
  assert.equal((await bench.get(path)).status, 404);
  await bench.put(
    { namespace, name: 'b', slots: few, bounds: BOUNDS },
    { namespace, name: 'c', slots: few, bounds: BOUNDS },
  );
  assert.equal(JSON.parse((await bench.get(path)).body).items[0].value, '10m');
});

test('a record whose slots cannot be read makes its pod unknown, and no other', async () => {
  const namespace = 'broken';
  await bench.put({ namespace, name: 'whole', slots: BUSY }, { namespace, name: 'broken', slots: BUSY });
  const [bytes] = await bench.store.slots(namespace, ['broken']);
  assert.ok(bytes);
  const [head] = await bench.store.heads(namespace, ['broken']);
  assert.ok(head);
  const arrival = bench.store.clock.now() ?? 0;
  const slots = bytes.subarray(0, -3);
  const cut = { namespace, name: 'broken', head, slots, arrival, expiry: 60_000 };
  await bench.store.write([cut]);
  const { body } = await bench.get(`${V1BETA2}/namespaces/${namespace}/pods/*/requests_per_second`);
  const names = JSON.parse(body).items.map(
    (item: { describedObject: { name: string } }) => item.describedObject.name,
  );
  assert.deepEqual(names, ['whole']);
});

test('over asks for another window, and the answer repeats the selector', async () => {
  const namespace = 'over';
  const burst = [{ length: 5_000, started: 300 }, ...QUIET];
  const now = await bench.put({ namespace, name: 'a', slots: burst });
  const item = (metric: string, seconds: number, value: string) =>
    `{"describedObject":{"kind":"Pod","namespace":"${namespace}","name":"a","apiVersion":"v1"},"metric":${metric},"timestamp":"${rfc3339(now)}","windowSeconds":${seconds},"value":"${value}"}`;
  for (const [over, seconds, value] of [
    ['10s', 10, '30'],
    ['30s', 30, '10'],
    ['1m', 60, '5'],
  ] as const) {
    const metric = `{"name":"requests_per_second","selector":{"matchLabels":{"over":"${over}"}}}`;
    const body = `{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta2","metadata":{},"items":[${item(metric, seconds, value)}]}\n`;
    for (const name of ['a', '*']) {
      const path = `${V1BETA2}/namespaces/${namespace}/pods/${name}/requests_per_second`;
      assert.deepEqual(await answerOf(`${path}?metricLabelSelector=over%3D${over}`), [200, body]);
    }
  }
  const sum = await bench.get(
    `${V1BETA2}/namespaces/${namespace}/metrics/requests_per_second?metricLabelSelector=over%3D10s`,
  );
  assert.equal(JSON.parse(sum.body).items[0].value, '30');
});

test('any other metric selector is a 400 that says what there is', async () => {
  await bench.put({ name: 'pod-a', slots: BUSY });
  const refusal = async (metric: string, selector: string) => {
    const { status, body } = await bench.get(
      `${V1BETA2}/namespaces/shop/pods/*/${metric}?metricLabelSelector=${encodeURIComponent(selector)}`,
    );
    return [status, JSON.parse(body).reason, JSON.parse(body).message];
  };
  const expected = {
    'path=x': 'unknown key "path"; the keys of a metric selector are "over" and, for demand metrics, "port"',
    '!path': 'unknown key "path"; the keys of a metric selector are "over" and, for demand metrics, "port"',
    'over=3m': 'over=3m: expected a duration from 10s to 2m',
    'over in (30s)': 'over takes one window, as in over=30s',
  };
  for (const [selector, why] of Object.entries(expected)) {
    const message = `unable to select a series: ${why}`;
    assert.deepEqual(await refusal('requests_per_second', selector), [400, 'BadRequest', message]);
  }
  assert.deepEqual(await refusal('active_requests', 'over=30s'), [
    400,
    'BadRequest',
    'unable to select a series: over=30s: the metric active_requests has no window',
  ]);
});
