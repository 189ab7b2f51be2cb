import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namespace, until } from '@activescale/devkit';
import { recordName } from '@activescale/protocol/record';
import { V1BETA2 } from './api.ts';
import { startInCluster } from './api-cluster.ts';

test('VERIFY_POD_IP believes only what a pod has pushed from one of its own addresses', async () => {
  await using bench = await startInCluster({ env: { VERIFY_POD_IP: 'true' } });
  const { admin } = bench.plane;
  await admin.apply(namespace('shop'));
  const ips = { right: '10.1.0.1', wrong: '10.1.0.2', none: undefined };
  for (const [name, ip] of Object.entries(ips)) {
    await admin.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'shop', labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'app' }] },
    });
    if (ip === undefined) continue;
    const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }, { ip: '2001:db8::1' }] };
    await admin.patch(`/api/v1/namespaces/shop/pods/${name}/status`, { status });
  }
  const from = (name: string, active: number, ip: string) => ({
    name: recordName(name, ip),
    active,
    ip,
    ipVerified: true,
  });
  const answered = async () => {
    await bench.put(
      from('right', 1, '10.1.0.1'),
      from('wrong', 2, '10.1.0.1'), // the pod `right` under another's name
      { name: 'wrong', active: 4, ip: '10.1.0.2' }, // nobody has looked whose address that is
      from('none', 3, '10.1.0.1'),
    );
    const { body } = await admin.request(
      `${V1BETA2}/namespaces/shop/pods/*/active_requests?labelSelector=app%3Dweb`,
    );
    return JSON.parse(body).items.map((item: { value: string }) => item.value);
  };
  await until(async () => (await answered()).length > 0, { what: 'the pod whose IP is right' });
  assert.deepEqual(await answered(), ['1']);
  await bench.put(from('wrong', 2, '2001:db8::1'));
  const { body } = await admin.request(`${V1BETA2}/namespaces/shop/pods/wrong/active_requests`);
  assert.equal(JSON.parse(body).items[0].value, '2', 'any of its IPs will do');
});
