import assert from 'node:assert/strict';
import test from 'node:test';
import { holdOpen, until } from '@activescale/devkit';
import { HEALTH_WATCH_PATH } from '@activescale/protocol/grpc-health';
import { Client, credentials, status } from '@grpc/grpc-js';
import { startPod, startStack } from './stack.ts';

const namespace = 'shop';
/** HealthCheckResponses: field 1, the enum. */
const [SERVING, NOT_SERVING] = ['0801', '0802'];

test('a real Envoy that sends only to a healthy metrics service pushes, and sees when ingest has gone', {
  timeout: 60_000,
}, async () => {
  await using stack = await startStack();
  const { ingest, query } = stack;
  await using pod = await startPod({
    pod: 'web-a',
    namespace,
    sinkPort: ingest.grpcPort,
    sinkHealthCheck: true,
    flush: '0.5s',
  });
  await using load = holdOpen({ port: pod.envoy.port, count: 6 });
  const pushed = async () => (await query.ask(namespace, 'web-a')).values['web-a'] === '6';
  await until(pushed, { what: 'six requests', deadline: 30_000 });
  const healthy = async (count: number) => {
    const filter = encodeURIComponent('membership_healthy$');
    const stats = await fetch(`http://127.0.0.1:${pod.envoy.adminPort}/stats?filter=${filter}`);
    return new RegExp(`metrics_service.*membership_healthy: ${count}$`, 'm').test(await stats.text());
  };
  await until(() => healthy(1), { what: 'Envoy to call ingest healthy' });
  assert.equal(await ingest.stop(), 0);
  await until(() => healthy(0), { what: 'Envoy to see that ingest has gone', deadline: 20_000 });
  pod.upstream.release();
  await load.finished;
});

test('a Watch gets NOT_SERVING when ingest shuts down, and does not delay it', {
  timeout: 60_000,
}, async (t) => {
  await using stack = await startStack();
  const { ingest } = stack;
  const client = new Client(`127.0.0.1:${ingest.grpcPort}`, credentials.createInsecure());
  const same = (bytes: Buffer) => bytes;
  const call = client.makeServerStreamRequest<Buffer, Buffer>(HEALTH_WATCH_PATH, same, same, Buffer.alloc(0));
  const responses: string[] = [];
  call.on('data', (bytes: Buffer) => responses.push(bytes.toString('hex')));
  call.on('error', () => {}); // the status says
  const code = new Promise((resolve) => call.once('status', (ended) => resolve(status[ended.code])));
  await until(() => responses.length === 1, { what: 'the first status' });

  ingest.kill('SIGTERM');
  const asked = performance.now();
  assert.equal(await code, 'UNAVAILABLE');
  assert.deepEqual(responses, [SERVING, NOT_SERVING]);
  assert.equal(await ingest.exited, 0);
  t.diagnostic(`gone ${Math.round(performance.now() - asked)} ms after SIGTERM`);
  client.close();
});
