import assert from 'node:assert/strict';
import test from 'node:test';
import { holdOpen, namespace, startIngest, until } from '@activescale/devkit';
import { status } from '@grpc/grpc-js';
import { V1BETA2 } from '../contract/api.ts';
import { startInCluster } from '../contract/api-cluster.ts';
import { metric } from './admin.ts';
import { frame, openRawStream } from './client.ts';
import { flushOf } from './messages.ts';
import { startPod } from './stack.ts';

const pod = 'web-6f7c9d-abcde';

test('with PEER_CHECK=address a rogue pod changes nothing of another, by its name, its address or both', {
  timeout: 120_000,
}, async (t) => {
  await using bench = await startInCluster({ env: { VERIFY_POD_IP: 'true' } });
  const { admin } = bench.plane;
  await using ingest = await startIngest({ VALKEY_ADDR: bench.valkey.addr, PEER_CHECK: 'address' });
  await admin.apply(namespace('shop'));
  const ips = { [pod]: '127.0.0.1', rogue: '127.0.0.2' };
  for (const [name, ip] of Object.entries(ips)) {
    await admin.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'shop', labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'app' }] },
    });
    const phase = { phase: 'Running', podIP: ip, podIPs: [{ ip }] };
    await admin.patch(`/api/v1/namespaces/shop/pods/${name}/status`, { status: phase });
  }
  const values = async () => {
    const { body } = await admin.request(
      `${V1BETA2}/namespaces/shop/pods/*/active_requests?labelSelector=app%3Dweb`,
    );
    const items: { describedObject: { name: string }; value: string }[] = JSON.parse(body).items ?? [];
    return Object.fromEntries(items.map((item) => [item.describedObject.name, item.value]));
  };

  await using victim = await startPod({ pod, namespace: 'shop', ip: '127.0.0.1', sinkPort: ingest.grpcPort });
  await using load = holdOpen({ port: victim.envoy.port, count: 10 });
  await until(async () => (await values())[pod] === '10', { what: 'ten requests of the real Envoy' });

  /** A stream from the rogue's address that pushes one flush. */
  const pushing = (claim: { pod: string; ip: string }) => {
    const stream = openRawStream(ingest.grpcPort, {}, { from: '127.0.0.2' });
    stream.push(frame(flushOf({ namespace: 'shop', active: 99, flush: 1, ...claim }), false));
    return stream;
  };
  const refused = () => metric(ingest, 'activescale_ingest_refused_total{reason="peer_address"}');

  await t.test("the other's name and address are refused", async () => {
    await using stream = pushing({ pod, ip: '127.0.0.1' });
    assert.equal(status[await stream.status], 'PERMISSION_DENIED');
    assert.equal(await refused(), 1);
  });
  await t.test("its own name at the other's address is refused", async () => {
    await using stream = pushing({ pod: 'rogue', ip: '127.0.0.1' });
    assert.equal(status[await stream.status], 'PERMISSION_DENIED');
    assert.equal(await refused(), 2);
  });
  await t.test("the other's name at its own address is written where nobody asks for it", async () => {
    const stored = await metric(ingest, 'activescale_ingest_samples_stored_total');
    await using claims = pushing({ pod, ip: '127.0.0.2' });
    await using own = pushing({ pod: 'rogue', ip: '127.0.0.2' });
    const rogue = async () => (await values()).rogue === '99';
    await until(rogue, { what: "the rogue's own record" });
    const all = async () => (await metric(ingest, 'activescale_ingest_samples_stored_total')) > stored + 1;
    await until(all, { what: 'both records to be written' });
    for (let i = 0; i < 20; i++) assert.equal((await values())[pod], '10');
    assert.ok(claims !== own);
  });

  victim.upstream.release();
  await load.finished;
  await until(async () => (await values())[pod] === '0', { what: 'the victim to go on' });
});
