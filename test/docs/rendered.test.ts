import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { root } from '../manifests/overlays.ts';
import { documented } from './blocks.ts';

interface Bootstrap {
  readonly node: { readonly metadata: object };
  readonly stats_flush_interval: string;
  readonly stats_sinks: readonly object[];
  readonly static_resources: { readonly clusters: readonly { readonly name: string }[] };
}

test('the bootstrap of Envoy Gateway that tests run has what the document shows', () => {
  const { spec } = parse(documented('docs/proxies/envoy-gateway.md', /^ {2}bootstrap:$/m)) as {
    spec: { bootstrap: { value: string } };
  };
  const shown = parse(spec.bootstrap.value) as Bootstrap;
  const run = parse(readFileSync(join(root, 'test/data/proxies/envoy-gateway.yaml'), 'utf8')) as Bootstrap;
  assert.deepEqual(run.node.metadata, shown.node.metadata);
  assert.equal(run.stats_flush_interval, shown.stats_flush_interval);
  assert.deepEqual(run.stats_sinks, shown.stats_sinks);
  for (const cluster of shown.static_resources.clusters)
    assert.deepEqual(
      run.static_resources.clusters.find(({ name }) => name === cluster.name),
      cluster,
    );
});
