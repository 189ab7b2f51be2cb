import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ClusterNamer, type ClusterTarget, scanMessage } from '@activescale/protocol/envoy';
import { encodeMessage, type FamilySpec } from '@activescale/protocol/testing';
import { createKnownStats } from '../known-stats.ts';
import { createPatterns } from '../patterns.ts';
import { scopeRules } from '../scopes.ts';
import { createClusterTargets, type Target } from './cluster-targets.ts';

// The names of clusters that the code of control planes renders (test/proxies/rendered.ts), as ingest reads them in names and labels.

const OTHER: ClusterNamer = { proxy: 'other', controlPlane: 'unknown', clusterDomain: '' };
const ISTIO: ClusterNamer = { ...OTHER, clusterDomain: 'cluster.local' };

interface ProxyNames {
  readonly clusters: readonly string[];
}

function renderedNames<T>(file: string): T {
  return JSON.parse(
    readFileSync(join(import.meta.dirname, '../../../../../test/data/proxies', file), 'utf8'),
  );
}

/** Where ingest sees the requests of a cluster go. */
function targetIn(namer: ClusterNamer, family: FamilySpec): Target {
  const targets = createClusterTargets(undefined).forStream(namer, createPatterns(() => 0).of('10.1.0.7'));
  const rules = scopeRules({ stats: createKnownStats(), proxy: namer.proxy, targets });
  const [found] = scanMessage(encodeMessage({ timestamp: 1, families: [family] }), rules).wanted;
  return found && rules.signalOf(found)?.target;
}

/** Envoy's stats of a cluster: their names have `_` for `:` (source/common/stats/utility.cc), and its tag ends at the first dot. */
function familiesOf(cluster: string): { name: FamilySpec; labels: FamilySpec } {
  const written = cluster.replaceAll(':', '_');
  const [, tag = written, rest = ''] = /^([^.]*)\.(.*)$/.exec(written) ?? [];
  return {
    name: { name: `cluster.${written}.upstream_rq_active`, gauge: 1 },
    labels: {
      name: `cluster.${rest && `${rest}.`}upstream_rq_active`,
      labels: { 'envoy.cluster_name': tag },
      gauge: 1,
    },
  };
}

function textOf(target: ClusterTarget | 'later'): string {
  if (typeof target !== 'object') return String(target);
  return `${target.kind}/${target.namespace}/${target.name}/${target.port}`;
}

const FILES: readonly (readonly [file: string, key: string, namer: ClusterNamer])[] = [
  ['istio-names.json', 'router', { ...ISTIO, proxy: 'router' }],
  ['istio-names.json', 'sniRouter', { ...ISTIO, proxy: 'router' }],
  ['istio-names.json', 'sidecar', { ...ISTIO, proxy: 'sidecar' }],
  ['istio-names.json', 'waypoint', { ...ISTIO, proxy: 'waypoint' }],
  [
    'istio-names.json',
    'sidecarOfOtherDomain',
    { ...OTHER, proxy: 'sidecar', clusterDomain: 'corp.example.org' },
  ],
  ['envoy-gateway-names.json', 'default', { ...OTHER, controlPlane: 'envoy-gateway' }],
  ['envoy-gateway-names.json', 'mergeBackends', { ...OTHER, controlPlane: 'envoy-gateway' }],
  ['contour-names.json', '', { ...OTHER, controlPlane: 'contour' }],
  ['cilium-names.json', '', OTHER],
  ['consul-names.json', 'sidecar', OTHER],
  ['consul-names.json', 'apiGateway', OTHER],
  ['consul-names.json', 'enterprise', OTHER],
];

for (const [file, key, namer] of FILES) {
  test(`the clusters that are rendered have the same destinations in names and in labels: ${file} ${key}`, () => {
    const all = renderedNames<Record<string, ProxyNames>>(file);
    const { clusters } = key === '' ? (all as unknown as ProxyNames) : (all[key] as ProxyNames);
    const named = clusters.map((cluster) => textOf(targetIn(namer, familiesOf(cluster).name)));
    const labelled = clusters.map((cluster) => textOf(targetIn(namer, familiesOf(cluster).labels)));
    assert.deepEqual(labelled, named);
    assert.ok(named.some((target) => target.includes('/')));
  });
}

test("a cluster whose name is in Consul's own tags has the same destination as in the name", () => {
  const { sidecar } = renderedNames<Record<string, ProxyNames>>('consul-names.json');
  const names = sidecar?.clusters.filter((cluster) => cluster.includes('.internal.')) ?? [];
  for (const cluster of names) {
    const [tag = ''] = cluster.split('.', 1);
    const labels = {
      'envoy.cluster_name': tag,
      'consul.destination.full_target': cluster.slice(0, -'.consul'.length),
    };
    const target = targetIn(OTHER, { name: 'cluster.upstream_rq_active', labels, gauge: 1 });
    assert.equal(textOf(target), textOf(targetIn(OTHER, familiesOf(cluster).name)));
    assert.match(textOf(target), /^service\/default\//);
    // Only its requests with an origin in the mesh.
    assert.equal(
      targetIn(OTHER, { name: 'cluster.internal.upstream_rq_active', labels, gauge: 1 }),
      undefined,
    );
  }
  assert.ok(names.length > 10);
});
