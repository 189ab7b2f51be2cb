import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startUpstream } from '../http/upstream.ts';
import { until } from '../process/until.ts';
import { startSink } from '../sink/sink.ts';
import { startGateway } from './gateway.ts';

const WEB = 'outbound|80||web.shop.svc.cluster.local;';

test('a gateway routes by path, and its Services start and end without a restart', async () => {
  await using sink = await startSink();
  await using first = await startUpstream();
  await using second = await startUpstream();
  await using gateway = await startGateway({
    pod: 'gateway-1',
    namespace: 'edge',
    sinkPort: sink.port,
    destinations: [
      { path: 'web', cluster: WEB, endpoints: [] },
      { path: 'pay', cluster: 'outbound|80||pay.shop.svc.cluster.local;', endpoints: [second.port] },
    ],
  });
  const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${gateway.port}${path}`)).status;
  assert.deepEqual(
    [await statusOf('/web/'), await statusOf('/pay/'), await statusOf('/other/')],
    [503, 200, 404],
  );

  await gateway.setEndpoints('web', [first.port]);
  await until(async () => (await statusOf('/web/a')) === 200, { what: 'the Service to have an endpoint' });
  assert.equal(first.log().at(-1)?.path, '/a');

  await gateway.setEndpoints('web', []);
  await until(async () => (await statusOf('/web/')) === 503, { what: 'the Service to have none' });
  await assert.rejects(gateway.setEndpoints('nobody', []), /no destination nobody/);
});
