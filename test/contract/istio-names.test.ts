import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ProxyNames } from '@activescale/devkit';
import { type ProxyType, targetOf } from '@activescale/protocol/envoy';

// The clusters that istiod's own code generates for each kind of proxy (test/proxies/rendered.ts), as destinations.

const FILE = join(import.meta.dirname, '../data/proxies/istio-names.json');

const LONG = '23456789-123456789-123456789-123456789-123456789-123456789-123';
const IN_SHOP = ['shop/order-api-v2/8080', 'shop/web/80', 'shop/web/9090'];
const EVERYWHERE = [`n${LONG}/a${LONG}/80`, ...IN_SHOP, 'shop/waypoint/15008'].sort();

interface Case {
  readonly key: string;
  readonly proxy: ProxyType;
  readonly services: readonly string[];
  readonly domain: string;
}

const CASES: readonly Case[] = [
  { key: 'router', proxy: 'router', services: EVERYWHERE, domain: 'cluster.local' },
  { key: 'sniRouter', proxy: 'router', services: EVERYWHERE, domain: 'cluster.local' },
  { key: 'sidecar', proxy: 'sidecar', services: EVERYWHERE, domain: 'cluster.local' },
  // It serves the namespace whose label names it.
  { key: 'waypoint', proxy: 'waypoint', services: IN_SHOP, domain: 'cluster.local' },
  { key: 'sidecarOfOtherDomain', proxy: 'sidecar', services: EVERYWHERE, domain: 'corp.example.org' },
];

for (const { key, proxy, services, domain } of CASES) {
  test(`the clusters of istiod for a ${key} have all Services as destinations, and nothing else`, async () => {
    const names = JSON.parse(await readFile(FILE, 'utf8')) as Record<string, ProxyNames>;
    const found = new Set<string>();
    const elsewhere: string[] = [];
    for (const cluster of names[key]?.clusters ?? []) {
      const target = targetOf(cluster.replace(/;$/, ''), {
        proxy,
        controlPlane: 'unknown',
        clusterDomain: domain,
      });
      if (target === 'elsewhere') elsewhere.push(cluster);
      else if (target !== undefined) found.add(`${target.namespace}/${target.name}/${target.port}`);
    }
    assert.deepEqual([...found].sort(), services);
    // The hosts of ServiceEntries are counted and not stored.
    const hosts = elsewhere.map((cluster) => /[^|]+(?=;$)/.exec(cluster)?.[0]);
    assert.deepEqual(hosts.sort(), [
      `db-0.shop.svc.svc.${domain}`,
      'payments.example.com',
      'web.shop.svc.example.org',
    ]);
  });
}
