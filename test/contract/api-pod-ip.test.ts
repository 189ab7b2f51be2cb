import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namespace, until } from '@activescale/devkit';
import { recordName } from '@activescale/protocol/record';
import { V1BETA2 } from './api.ts';
import { startInCluster } from './api-cluster.ts';
import { pod } from './cluster-objects.ts';
import { demandRecord, gateway } from './demand-records.ts';

test('with VERIFY_POD_IP only records from the addresses of a pod count', async () => {
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

test('with VERIFY_POD_IP a source of demand counts only from its addresses, and once', async () => {
  await using bench = await startInCluster({ env: { VERIFY_POD_IP: 'true' } });
  const { admin } = bench.plane;
  for (const name of ['shop', 'edge']) await admin.apply(namespace(name));
  const spec = { ports: [{ port: 80 }] };
  await admin.apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec,
  });
  await admin.apply(pod('edge', 'gw', {}));
  const ips = ['10.1.0.1', '2001:db8::1'];
  const status = { phase: 'Running', podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) };
  await admin.patch('/api/v1/namespaces/edge/pods/gw/status', { status });
  const from = (active: number, verifiedIp: string, age = 0) =>
    demandRecord('service', 'web', { ...gateway('gw'), verifiedIp }, { active, age });
  const demand = async () => {
    const { body } = await admin.request(`${V1BETA2}/namespaces/shop/services/web/demand_active_requests`);
    const { items, message } = JSON.parse(body);
    return items?.[0].value ?? message;
  };
  const believed = async () => {
    await bench.put(from(9, '10.1.0.2'), from(9, ''), from(1, '10.1.0.1'));
    return (await demand()) === '1';
  };
  await until(believed, { what: 'the demand from the right address' });
  await bench.put(from(2, '2001:db8::1'), from(1, '10.1.0.1', 3_000));
  assert.equal(await demand(), '2', 'the newest record of the source');
});
