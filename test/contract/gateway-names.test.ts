import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ProxyNames } from '@activescale/devkit';
import { aggregateOf, type ClusterNamer, parseClusterNaming, targetOf } from '@activescale/protocol/envoy';

// The clusters that the code of Envoy Gateway, Contour, Cilium and Consul generates (test/proxies/rendered.ts), as destinations.

const ENVOY_GATEWAY: ClusterNamer = { proxy: 'other', controlPlane: 'envoy-gateway', clusterDomain: '' };
const CONTOUR: ClusterNamer = { ...ENVOY_GATEWAY, controlPlane: 'contour' };
const OTHER: ClusterNamer = { ...ENVOY_GATEWAY, controlPlane: 'unknown' };

const LONG = '23456789-123456789-123456789-123456789-123456789-123456789-123';
const ROUTES = [
  'grpcroute/shop/cart/',
  `httproute/n${LONG}/r${LONG}/`,
  'httproute/shop/accounts/',
  'httproute/shop/internal/',
  'httproute/shop/web.v2/',
];

async function rendered<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(join(import.meta.dirname, '../data/proxies', file), 'utf8')) as T;
}

function destinationsOf({ clusters }: ProxyNames, namer: ClusterNamer): readonly string[] {
  const found = new Set<string>();
  for (const cluster of clusters) {
    const target = targetOf(aggregateOf(cluster), namer);
    assert.notEqual(target, 'elsewhere', cluster);
    if (typeof target === 'object')
      found.add(`${target.kind}/${target.namespace}/${target.name}/${target.port}`);
  }
  return [...found].sort();
}

const ENVOY_GATEWAY_CASES: Readonly<Record<string, readonly string[]>> = {
  default: ROUTES,
  mergeGateways: ROUTES,
  // Backends of a rule with a filter, or with a Backend that is a DNS name, are not merged.
  mergeBackends: [
    'httproute/shop/web.v2/',
    `service/n${LONG}/a${LONG}/80`,
    'service/shop/order-api-v2/8080',
    'service/shop/web/80',
    'service/shop/web/9090',
  ],
  // The names are the user's own: DEMAND_CLUSTERS.
  clusterStatName: [],
};

for (const [settings, destinations] of Object.entries(ENVOY_GATEWAY_CASES)) {
  test(`the clusters of Envoy Gateway have its routes or Services as destinations, and nothing else: ${settings}`, async () => {
    const names = await rendered<Record<string, ProxyNames>>('envoy-gateway-names.json');
    assert.deepEqual(
      destinationsOf(names[settings] ?? { clusters: [], managers: [] }, ENVOY_GATEWAY),
      destinations,
    );
  });
}

test('with a fallback Backend, all clusters of a route are of the route, and at zero few requests are in none', async () => {
  const { running, atZero } = await rendered<Record<string, Record<string, number>>>(
    'envoy-gateway-fallback.json',
  );
  assert.deepEqual(running, { 'httproute/shop/web/rule/0': 1 });
  assert.deepEqual(atZero, { 'invalid-backend-cluster': 1, 'httproute/shop/web/rule/0/backend/1': 1_000 });
  const clusters = [running, atZero].flatMap((weights) => Object.keys(weights ?? {}));
  assert.deepEqual(destinationsOf({ clusters, managers: [] }, ENVOY_GATEWAY), ['httproute/shop/web/']);
});

test('the clusters of Contour have its Services as destinations, and nothing else', async () => {
  assert.deepEqual(destinationsOf(await rendered<ProxyNames>('contour-names.json'), CONTOUR), [
    'service/my-shop/order-api-v2/8443',
    `service/n${LONG}/a${LONG}/65535`,
    'service/shop/mirrored/80',
    'service/shop/web/80',
    'service/shop/web/8080',
  ]);
});

test('the clusters of Cilium have its Services as destinations, and nothing else', async () => {
  const { clusters, managers } = await rendered<ProxyNames>('cilium-names.json');
  const destinations = [
    'service/my-shop/order-api-v2/8443',
    `service/n${LONG}/a${LONG}/65535`,
    'service/shop/cart/9000',
    'service/shop/mirrored/80',
    // Of an Ingress that names the port.
    'service/shop/web/',
    'service/shop/web/80',
    'service/shop/web/9090',
  ];
  assert.deepEqual(destinationsOf({ clusters, managers }, OTHER), destinations);
  // As Envoy writes them into the names of stats.
  const written = clusters.map((cluster) => cluster.replaceAll(':', '_'));
  assert.deepEqual(destinationsOf({ clusters: written, managers }, OTHER), destinations);
});

const CONSUL_CASES: Readonly<Record<string, readonly string[]>> = {
  sidecar: [
    `service/default/a${LONG}/`,
    'service/default/cart/',
    'service/default/external/',
    'service/default/order-api-v2/',
    'service/default/web/',
  ],
  apiGateway: ['service/default/cart/', 'service/default/order-api-v2/', 'service/default/web/'],
  meshGateway: ['service/default/alt/', 'service/default/api/', 'service/default/db/'],
  enterprise: ['service/shop/web/'],
};

for (const [kind, destinations] of Object.entries(CONSUL_CASES)) {
  test(`the clusters of Consul have its Services as destinations, and nothing else: ${kind}`, async () => {
    const names = await rendered<Record<string, ProxyNames>>('consul-names.json');
    assert.deepEqual(destinationsOf(names[kind] ?? { clusters: [], managers: [] }, OTHER), destinations);
  });
}

test('no cluster of Consul but those of applications, prepared queries and destinations is unknown', async () => {
  const names = await rendered<Record<string, ProxyNames>>('consul-names.json');
  const clusters = Object.values(names).flatMap((of) => of.clusters);
  const others = clusters.filter((cluster) => targetOf(aggregateOf(cluster), OTHER) === undefined);
  assert.deepEqual(
    others.map((name) => name.replace(/[-\d]+\.consul$/, '')),
    ['local_app', 'nearest.default.dc1.query.'],
  );
});

test('the expression in the page on Consul reads the namespace from the names of its clusters', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/proxies/others.md'), 'utf8');
  const [, expression = ''] = /`DEMAND_CLUSTERS=([^`]+)`/.exec(page.replaceAll(/\s+/g, ' ')) ?? [];
  const naming = parseClusterNaming(expression);
  assert.ok(typeof naming === 'function', String(naming));
  const { sidecar } = await rendered<Record<string, ProxyNames>>('consul-names.json');
  const found = new Set<string>();
  for (const cluster of sidecar?.clusters ?? []) {
    const renamed = aggregateOf(cluster)
      .replace('web.default', 'web-shop.default')
      .replace('order-api-v2.default', 'order-api-v2-billing.default');
    const target = naming(renamed);
    assert.notEqual(target, 'elsewhere', renamed);
    if (typeof target === 'object') found.add(`${target.namespace}/${target.name}`);
  }
  assert.deepEqual([...found].sort(), ['billing/order-api-v2', 'shop/web']);
});
