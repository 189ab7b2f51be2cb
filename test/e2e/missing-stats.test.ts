import assert from 'node:assert/strict';
import test from 'node:test';
import { constantRate, holdOpen, until } from '@activescale/devkit';
import { encodeMessage } from '@activescale/protocol/testing';
import { openStream } from './client.ts';
import { createReader } from './read.ts';
import { startPod, startStack } from './stack.ts';

const GAUGE = String.raw`http\.(inbound_[^;]*|InboundPassthroughCluster);\.downstream_rq_active`;
/** What each filter lets pass, and which metrics it makes. The other metrics must be absent, never 0. */
const FILTERS = {
  gauge: {
    inclusionRegexps: [GAUGE],
    known: ['active_requests', 'active_requests_mean_1m', 'active_requests_max_1m'],
  },
  'all but errors': {
    inclusionRegexps: [
      GAUGE,
      String.raw`http\.(inbound_[^;]*|InboundPassthroughCluster);\.downstream_rq_(total|completed|time)`,
    ],
    known: [
      'active_requests',
      'active_requests_mean_1m',
      'active_requests_max_1m',
      'requests_per_second',
      'request_duration_seconds_mean',
      'request_duration_seconds_p95',
    ],
  },
  'errors without answers': {
    inclusionRegexps: [String.raw`http\.(inbound_[^;]*|InboundPassthroughCluster);\.downstream_rq_5xx`],
    known: [],
  },
} as const;
const METRICS = [
  'active_requests',
  'active_requests_mean_1m',
  'active_requests_max_1m',
  'upstream_active_requests',
  'upstream_active_requests_max_1m',
  'pending_requests',
  'requests_per_second',
  'request_duration_seconds_mean',
  'request_duration_seconds_p95',
  'request_error_ratio',
];

test('a metric whose stat the filter drops has no item, while every request is an error', async (t) => {
  await using running = new AsyncDisposableStack();
  const stack = running.use(await startStack());
  const { valuesOf } = createReader(stack);
  for (const [index, [name, { inclusionRegexps, known }]] of Object.entries(FILTERS).entries()) {
    for (const showsFilter of [true, false]) {
      await t.test(`${name}, ${showsFilter ? 'shown' : 'not shown'} in the metadata`, async () => {
        const namespace = `filter-${index}-${showsFilter ? 'shown' : 'hidden'}`;
        const sink = { pod: 'web-1', namespace, sinkPort: stack.ingest.grpcPort, flush: '0.25s' };
        await using pod = await startPod({
          ...sink,
          inclusionRegexps: [...inclusionRegexps, 'server\\.uptime'],
          showsFilter,
        });
        await using _held = holdOpen({ port: pod.envoy.port, count: 12 });
        await using load = constantRate({ port: pod.envoy.port, perSecond: 80, path: '/?status=503' });
        const metrics = async () => {
          const found = await Promise.all(
            METRICS.map(async (metric) => [metric, await valuesOf(namespace, metric)] as const),
          );
          return found.filter(([, values]) => values['web-1'] !== undefined).map(([metric]) => metric);
        };
        if (known.length > 0)
          await until(async () => (await metrics()).length === known.length, {
            what: `${known.length} metrics`,
          });
        else await until(async () => load.report.errors > 40, { what: 'some requests' });
        assert.deepEqual(await metrics(), known);
      });
    }
  }
});

test('with METRIC_NAME nothing but requests in flight is known', async () => {
  await using stack = await startStack({ ingest: { METRIC_NAME: 'http.ingress.downstream_rq_active' } });
  const { valuesOf } = createReader(stack);
  await using stream = openStream(stack.ingest.grpcPort);
  for (let flush = 1; flush < 5; flush++) {
    stream.push(
      encodeMessage({
        node: { id: 'app-1', metadata: { NAME: 'app-1', NAMESPACE: 'named' } },
        timestamp: flush * 1_000,
        families: [
          { name: 'http.ingress.downstream_rq_active', gauge: 12 },
          { name: 'http.ingress.downstream_rq_total', counter: 40 * flush },
          { name: 'cluster.app.upstream_rq_active', gauge: 11 },
        ],
      }),
    );
  }
  const seen = async () => (await valuesOf('named', 'active_requests'))['app-1'] === '12';
  await until(seen, { what: 'the gauge' });
  for (const metric of METRICS.slice(3)) assert.deepEqual(await valuesOf('named', metric), {}, metric);
});
