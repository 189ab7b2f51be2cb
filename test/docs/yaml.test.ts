import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { installCrds, namespace, startApi, startControlPlane } from '@activescale/devkit';
import { parse } from 'yaml';
import { ask, V1BETA2 } from '../contract/api.ts';
import { BLOCKS, blocksOf } from './blocks.ts';
import { type Bench, CHECKS, metricNames } from './yaml-checks.ts';

// Every YAML that a document shows is tried by the program that would have to accept it: kube-apiserver, Envoy, api, Istio's messages.

const started = new AsyncDisposableStack();
let bench: Bench;
before(async () => {
  const plane = started.use(await startControlPlane());
  const folder = await mkdtemp(join(tmpdir(), 'docs-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  bench = { plane, folder };
  await installCrds(
    plane.admin,
    'argo-cd',
    'cert-manager',
    'envoy-gateway',
    'gateway-api',
    'keda',
    'prometheus-operator',
  );
  for (const name of ['shop', 'activescale', 'argocd', 'envoy-gateway-system', 'keda'])
    await plane.admin.apply(namespace(name));
});
after(() => started.disposeAsync());

for (const { where, text } of blocksOf('yaml')) {
  const value = parse(text);
  const check = CHECKS.find(({ is }) => is(value));
  test(`${where} is ${check?.what ?? 'something that can be tried'}`, async () => {
    assert.ok(check, `no check in test/docs/yaml-checks.ts fits it:\n${text}`);
    await check.run(value, text, bench);
  });
}

test('every block is of a language that is tried, or shows output', () => {
  for (const { where, language } of BLOCKS) {
    assert.ok(['', 'yaml', 'sh', 'promql'].includes(language), `${where}: ${language}`);
  }
});

test('every metric that an HPA in the documents asks for is served', async () => {
  await using api = await startApi({ VALKEY_ADDR: '127.0.0.1:1', STANDALONE: 'true' });
  const { resources } = JSON.parse((await ask(api.securePort, V1BETA2)).body) as {
    resources: { name: string }[];
  };
  const served = new Set(resources.map(({ name }) => name.replace(/^[^/]+\//, '')));
  let count = 0;
  for (const { where, text } of blocksOf('yaml')) {
    if (text.startsWith('# before: ')) continue; // another adapter's
    for (const name of metricNames(parse(text))) {
      assert.ok(served.has(name), `${where}: ${name}`);
      count++;
    }
  }
  assert.ok(count > 5);
});

/** Names of statistics as Envoy has them (Istio's delimiter), of each sort of proxy. */
const STATISTICS = [
  'http.inbound_0.0.0.0_8080;.downstream_rq_active',
  'http.outbound_0.0.0.0_8080;.downstream_rq_active',
  'cluster.inbound|8080||;.upstream_rq_active',
  'cluster.outbound|80||web.shop.svc.cluster.local;.upstream_rq_active',
  'cluster.inbound-vip|80|http|web.shop.svc.cluster.local;.upstream_rq_active',
  'server.uptime',
];

test('every expression for a stats filter lets a statistic through that ingest reads', () => {
  const expressions = blocksOf('yaml').flatMap(({ where, text }) =>
    [...text.matchAll(/^ *- '(.+)'$/gm)]
      .filter(([, expression = '']) => expression.includes('\\.'))
      .map(([, expression = '']) => ({ where, expression })),
  );
  assert.ok(expressions.length >= 10);
  for (const { where, expression } of expressions) {
    const whole = new RegExp(`^(?:${expression})$`);
    assert.ok(
      STATISTICS.some((name) => whole.test(name)),
      `${where}: ${expression}`,
    );
  }
});
