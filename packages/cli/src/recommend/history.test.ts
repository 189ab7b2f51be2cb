import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { isHistogram, istioHistogram, readHistory } from './history.ts';

/** Answers range queries with increases at each step, and keeps the expressions. */
async function startServer(seriesOf: (expression: string) => readonly { metric: object; value: number }[]) {
  const expressions: string[] = [];
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://prometheus').searchParams;
    const expression = query.get('query') ?? '';
    expressions.push(expression);
    const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(query.get(name)));
    const times: number[] = [];
    for (let at = start ?? 0; at <= (end ?? 0); at += step ?? 1) times.push(at);
    const result = seriesOf(expression).map(({ metric, value }) => ({
      metric,
      values: times.map((at) => [at, String(value)]),
    }));
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    expressions,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const range = { from: 0, to: 600_000, signal: new AbortController().signal };

test('requests in flight are the sum of durations over time', async () => {
  await using server = await startServer((expression) => {
    const pod = 'web-1';
    if (expression.includes('_count')) return [{ metric: { pod }, value: 600 }];
    if (expression.includes('_sum')) return [{ metric: { pod }, value: 120_000 }];
    return [
      { metric: { pod, le: '+Inf' }, value: 600 },
      { metric: { pod, le: '500' }, value: 600 },
      { metric: { pod, le: '100' }, value: 300 },
    ];
  });
  const histogram = istioHistogram('shop', 'web');
  const pods = await readHistory({ server: server.url, histogram, withBuckets: true, ...range });
  const cells = [...(pods.get('web-1')?.cells.values() ?? [])];
  assert.equal(cells.length, 1);
  const [{ time = 0, area = 0, timed = 0, durations = 0, buckets = [] } = {}] = cells;
  assert.ok(Math.abs(area / time - 2) < 1e-6, '600 requests of 200 ms in a minute');
  assert.equal(durations / timed, 200);
  const minutes = time / 60_000;
  assert.deepEqual(buckets, [{ bounds: [100, 500], counts: [300 * minutes, 300 * minutes, 0] }]);
  const selector =
    '{reporter="destination",destination_workload_namespace="shop",destination_workload="web"}';
  assert.deepEqual(server.expressions, [
    `sum by (pod) (increase(istio_request_duration_milliseconds_count${selector}[60s]))`,
    `sum by (pod) (increase(istio_request_duration_milliseconds_sum${selector}[60s]))`,
    `sum by (pod, le) (increase(istio_request_duration_milliseconds_bucket${selector}[60s]))`,
  ]);
});

test('a histogram in seconds counts in seconds, and without a quantile there are no buckets', async () => {
  await using server = await startServer((expression) => [
    { metric: { pod: 'web-1' }, value: expression.includes('_sum') ? 30 : 600 },
  ]);
  const options = { server: server.url, histogram: 'http_seconds{app="web"}', withBuckets: false };
  const pods = await readHistory({ ...options, ...range });
  const [cell] = pods.get('web-1')?.cells.values() ?? [];
  assert.equal((cell?.durations ?? 0) / (cell?.timed ?? 1), 50);
  assert.deepEqual([cell?.buckets, server.expressions.length], [[], 2]);
});

test('without series, or without the label pod, there is an error', async () => {
  const readFrom = async (metrics: readonly object[]) => {
    await using server = await startServer(() => metrics.map((metric) => ({ metric, value: 1 })));
    await readHistory({ server: server.url, histogram: 'a{b="c"}', withBuckets: false, ...range });
  };
  await assert.rejects(readFrom([]), /^Error: Prometheus at http:\S+ has no a_count\{b="c"\} in that time$/);
  await assert.rejects(readFrom([{}]), /^Error: a_count\{b="c"\} has no label pod$/);
});

test('only a name with a selector is a histogram', () => {
  for (const text of ['a', 'a{b="c"}', 'a:b_seconds{b=~"c.*"}']) assert.ok(isHistogram(text), text);
  for (const text of ['', '1a', 'a{', 'a}', 'sum(a)', 'a{b="c"}[5m]', 'a{b="{}"}'])
    assert.ok(!isHistogram(text), text);
});
