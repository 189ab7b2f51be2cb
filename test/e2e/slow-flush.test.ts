import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '@activescale/devkit';
import { encodeMessage } from '@activescale/protocol/testing';
import { openStream } from './client.ts';
import { createReader } from './read.ts';
import { startStack } from './stack.ts';

test('a pod whose annotation says that it flushes seldom is known from its first flush on', async () => {
  await using stack = await startStack({ both: { METRIC_TTL: '1s' } });
  const { valuesOf } = createReader(stack);
  await using stream = openStream(stack.ingest.grpcPort);
  const push = (pod: string, annotations: Readonly<Record<string, string>>) =>
    stream.push(
      encodeMessage({
        node: {
          id: `sidecar~10.1.0.7~${pod}.shop~shop.svc.cluster.local`,
          metadata: { NAME: pod, NAMESPACE: 'shop', ANNOTATIONS: annotations },
        },
        timestamp: 1_000_000,
        families: [{ name: 'http.inbound_0.0.0.0_8080;.downstream_rq_active', gauge: 4 }],
      }),
    );
  push('slow', { 'sidecar.istio.io/statsFlushInterval': '60s' });
  await using other = openStream(stack.ingest.grpcPort);
  other.push(
    encodeMessage({
      node: { id: 'sidecar~10.1.0.8~usual.shop~shop.svc.cluster.local' },
      timestamp: 1_000_000,
      families: [{ name: 'http.inbound_0.0.0.0_8080;.downstream_rq_active', gauge: 4 }],
    }),
  );
  const values = () => valuesOf('shop', 'active_requests');
  await until(async () => Object.keys(await values()).length === 2, { what: 'both pods' });
  await until(async () => (await values()).usual === undefined, { what: 'the usual pod to expire' });
  assert.deepEqual(await values(), { slow: '4' });
});
