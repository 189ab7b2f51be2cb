import assert from 'node:assert/strict';
import { get } from 'node:https';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { startEnvoy } from './envoy/envoy.ts';
import { holdOpen } from './http/load.ts';
import { startUpstream } from './http/upstream.ts';
import { until } from './process/until.ts';
import { startApi, startIngest } from './services.ts';
import { isAlive } from './tools/cache.ts';
import { startValkey } from './valkey.ts';

function ask(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, rejectUnauthorized: false };
    get(options, (response) => text(response).then(resolve, reject)).once('error', reject);
  });
}

test('both services start on free ports, work together, and end with 0', async () => {
  await using valkey = await startValkey();
  const ingest = await startIngest({ VALKEY_ADDR: valkey.addr });
  const api = await startApi({ VALKEY_ADDR: valkey.addr, STANDALONE: 'true' });
  await using upstream = await startUpstream();
  const identity = { pod: 'web-7d4b9c-alpha', namespace: 'shop' };
  await using envoy = await startEnvoy({
    ...identity,
    sinkPort: ingest.grpcPort,
    upstreamPort: upstream.port,
  });
  await using load = holdOpen({ port: envoy.port, count: 2 });
  const path = '/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/active_requests';
  await until(async () => (await ask(api.securePort, path)).includes('"value":"2"'), {
    what: 'the answer "2"',
  });
  upstream.release();
  await load.finished;
  for (const { adminPort } of [ingest, api]) {
    assert.equal((await fetch(`http://127.0.0.1:${adminPort}/readyz`)).status, 200);
  }
  assert.equal(await api.stop(), 0);
  assert.equal(await ingest.stop(), 0);
  assert.deepEqual([ingest.pid, api.pid].map(isAlive), [false, false]);
});

test('a service that refuses its settings is an error with what it said', async () => {
  await assert.rejects(startIngest({ METRIC_TTL: 'soon' }), /ingest listened:[\s\S]*METRIC_TTL/);
});
