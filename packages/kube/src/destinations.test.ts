import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KubeClient, KubeError } from './client/kube-client.ts';
import { createDestinationLookup, DESTINATIONS, destinationOf, portTexts } from './destinations.ts';
import { parseGroupResource } from './group-resource.ts';

/** A client that answers with these objects by path, and records the requests. */
function clientOf(objects: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const get = async (path: string) => {
    asked.push(path);
    const found = objects[path];
    if (found instanceof Error) throw found;
    if (found === undefined) throw new KubeError(404, `GET ${path}: not found`);
    return found;
  };
  return { asked, lookup: createDestinationLookup({ get } as unknown as KubeClient) };
}

const SERVICES = '/api/v1/namespaces/shop/services';
const ROUTES = '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes';

test('resources of destinations are known in plural and singular, in any case', () => {
  const of = (text: string) => destinationOf(parseGroupResource(text));
  assert.deepEqual(['services', 'service', 'Services'].map(of), ['service', 'service', 'service']);
  assert.equal(of('HTTPRoutes.gateway.networking.k8s.io'), 'httproute');
  assert.equal(of('grpcroute.gateway.networking.k8s.io'), 'grpcroute');
  for (const other of ['pods', 'httproutes', 'services.example.com', 'tcproutes.gateway.networking.k8s.io'])
    assert.equal(of(other), undefined, other);
  assert.equal(DESTINATIONS.httproute.apiVersion, 'gateway.networking.k8s.io/v1');
});

test('a Service is found with its ports, a route without any', async () => {
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }, { port: 81 }];
  const { lookup } = clientOf({
    [`${SERVICES}/web`]: { spec: { ports } },
    [`${SERVICES}/bare`]: { spec: {} },
    [`${ROUTES}/web`]: {},
  });
  const expected = [
    { name: 'http', port: 80 },
    { name: '', port: 81 },
  ];
  assert.deepEqual(await lookup.get('service', 'shop', 'web'), { name: 'web', ports: expected });
  assert.deepEqual(await lookup.get('service', 'shop', 'bare'), { name: 'bare', ports: [] });
  assert.deepEqual(await lookup.get('httproute', 'shop', 'web'), { name: 'web', ports: [] });
  assert.equal(await lookup.get('service', 'shop', 'nobody'), undefined);
  assert.equal(await lookup.get('grpcroute', 'shop', 'web'), undefined);
});

test('an answer is cached, also that there is none', async () => {
  const { lookup, asked } = clientOf({ [`${SERVICES}/web`]: {} });
  for (let i = 0; i < 3; i++) {
    await lookup.get('service', 'shop', 'web');
    await lookup.get('service', 'shop', 'nobody');
    await lookup.get('httproute', 'shop', 'web');
  }
  assert.deepEqual(asked, [`${SERVICES}/web`, `${SERVICES}/nobody`, `${ROUTES}/web`]);
});

test('without an answer of the cluster, existence is unknown', async () => {
  const { lookup } = clientOf({ [`${SERVICES}/web`]: new KubeError(500, 'broken') });
  await assert.rejects(lookup.get('service', 'shop', 'web'), KubeError);
});

test('what cannot be a name is not asked for', async () => {
  const { lookup, asked } = clientOf({});
  for (const name of ['..', '.', 'a/b', 'web?x', 'WEB', '', '*', 'a'.repeat(254)]) {
    assert.equal(await lookup.get('service', 'shop', name), undefined, name);
    assert.equal(await lookup.get('service', name, 'web'), undefined, name);
  }
  assert.deepEqual(await lookup.list('service', '..', ''), []);
  assert.deepEqual(asked, []);
});

test('a list has sorted names; a kind that the cluster lacks has none', async () => {
  const query = '?labelSelector=app%3Dweb';
  const items = ['b', 'a'].map((name) => ({ metadata: { name } }));
  const { lookup } = clientOf({ [`${SERVICES}${query}`]: { items }, [`${ROUTES}${query}`]: { items: null } });
  assert.deepEqual(await lookup.list('service', 'shop', 'app=web'), ['a', 'b']);
  assert.deepEqual(await lookup.list('httproute', 'shop', 'app=web'), []);
  assert.equal(await lookup.list('grpcroute', 'shop', 'app=web'), undefined);
});

test('a port is found by its number and by its name', () => {
  const found = {
    name: 'web',
    ports: [
      { name: 'http', port: 80 },
      { name: '', port: 81 },
    ],
  };
  assert.deepEqual(portTexts(found, '80'), ['80', 'http']);
  assert.deepEqual(portTexts(found, 'http'), ['80', 'http']);
  assert.deepEqual(portTexts(found, '81'), ['81']);
  for (const other of ['82', '080', 'https', '']) assert.equal(portTexts(found, other), undefined, other);
});
