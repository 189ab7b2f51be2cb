import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '@activescale/devkit';
import { type ClusterBench, startInCluster } from './api-cluster.ts';

// kube-apiserver merges the OpenAPI documents of all its servers. A definition that differs from its own of the same name
// is kept beside it as `..._v2` (k8s.io/kube-openapi pkg/aggregator/aggregator.go), and kubectl explain shows either.

interface Swagger {
  readonly paths: Readonly<Record<string, object>>;
  readonly definitions: Readonly<Record<string, object>>;
}

let bench: ClusterBench;
before(async () => {
  bench = await startInCluster({ env: { EXTERNAL_METRICS: 'true' } });
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

test('the definitions of the cluster stay as they are, and ours are added to them', async () => {
  const { admin } = bench.plane;
  const merged = await until(
    async () => {
      const document = await admin.get<Swagger>('/openapi/v2');
      const isMerged = Object.keys(document.paths).some((path) =>
        path.startsWith('/apis/custom.metrics.k8s.io/v1beta2'),
      );
      return isMerged && document;
    },
    { what: 'our paths in the document of kube-apiserver', deadline: 120_000, every: 500 },
  );
  const names = Object.keys(merged.definitions);
  assert.deepEqual(
    names.filter((name) => /_v\d+$/.test(name)),
    [],
  );
  for (const type of ['v1beta2.MetricValueList', 'v1beta2.MetricIdentifier', 'v1beta1.MetricValue']) {
    assert.ok(names.includes(`io.k8s.metrics.pkg.apis.custom_metrics.${type}`), type);
  }
});
