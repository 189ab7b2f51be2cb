import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue } from '@activescale/metrics';
import fc from 'fast-check';
import { createAccessCheck } from './access/access.ts';
import { createApp } from './app.ts';
import { servedGroups } from './discovery/discovery.ts';
import type { AskAdapter } from './fall-through/adapter.ts';
import { reviewedPath } from './fall-through/reviewed-path.ts';
import { type RequestInfo, requestInfo } from './http/request-info.ts';
import { parseTarget } from './http/target.ts';
import { standaloneDestinations } from './objects/destinations.ts';
import { appDefaults } from './testing/app-defaults.ts';
import { ask } from './testing/ask.ts';
import { type RequestForm, requestForms } from './testing/request-forms.ts';

// Whatever a client sends: another adapter is asked for exactly what was reviewed, because it decides on the rights of
// our service account, not on those of the client.

/** The API in front of adapters of both groups, for a user with a right in the namespaces of `rights`. */
function startApi() {
  const rights: { namespaces: readonly string[] } = { namespaces: [] };
  const reviews: RequestInfo[] = [];
  const targets: string[] = [];
  const fallThrough: AskAdapter = async ({ info }, selectors) => {
    targets.push(reviewedPath(info, info.version, selectors));
    return Buffer.from('{}\n');
  };
  const defaults = appDefaults();
  const authorize = async (_: unknown, info: RequestInfo) => {
    reviews.push(info);
    return { allowed: info.kind === 'resource' && rights.namespaces.includes(info.namespace), reason: '' };
  };
  const catalogue = () => builtInCatalogue;
  const groups = servedGroups(builtInCatalogue, { inCluster: true, external: true });
  const app = createApp({
    ...defaults,
    checkAccess: createAccessCheck(
      async () => ({ name: 'tenant', groups: [] }),
      authorize,
      defaults.telemetry,
    ),
    groups: () => groups,
    ownGroups: () => groups,
    customMetrics: { catalogue, find: async () => undefined, fallThrough, answered() {} },
    externalMetrics: {
      catalogue,
      provider: {
        getMetricBySelector: async () => [],
        getMetricByName: async () => undefined,
        getMetricOfAll: async () => undefined,
      },
      demand: async () => [],
      destinations: standaloneDestinations,
      noPods: undefined,
      fallThrough,
      answered() {},
    },
  });
  return { app, rights, reviews, targets };
}
const { app, rights, reviews, targets } = startApi();

/** Of a request, without how it was written. */
function attributes(info: RequestInfo | undefined): object | undefined {
  if (info?.kind !== 'resource') return undefined;
  const { query, path, ...others } = info;
  return others;
}

/** @returns the status, and the target that the adapter was asked for */
async function assertReviewedIsAsked(namespaces: readonly string[], request: RequestForm) {
  rights.namespaces = namespaces;
  reviews.length = 0;
  targets.length = 0;
  const { status } = await ask(app, request);
  const sent = `${request.method} ${request.url}`;
  const [target] = targets;
  assert.ok(targets.length <= 1, sent);
  if (target === undefined) return { status, target };
  assert.match(target, /^[\w!$'()*,;:@&=+.~?/%-]+$/, 'no control characters, and nothing but ASCII');
  const asked = requestInfo('GET', parseTarget(target));
  assert.deepEqual(attributes(asked), attributes(reviews[0]), sent);
  // As a server reads it that removes dot segments, or decodes a path twice.
  assert.equal(new URL(target, 'https://x').pathname, target.split('?', 1)[0], sent);
  assert.doesNotMatch(asked.path, /%/, sent);
  const parameters = [...asked.query.keys()];
  assert.deepEqual(parameters.length, new Set(parameters).size, sent);
  for (const each of parameters) assert.ok(['labelSelector', 'metricLabelSelector'].includes(each), sent);
  return { status, target };
}

const text = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '%2F',
    '%2e%2e',
    'a/b',
    '?x',
    '#',
    'a b',
    'ü',
    '*',
    'metrics',
    'namespaces',
    'status',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const encoded = text.map((part) => encodeURIComponent(part.toWellFormed()));
const namespace = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('team-a', 'other') }, encoded);
const resource = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('pods', 'jobs.batch', 'metrics', 'namespaces') },
  encoded,
);
const selector = fc.constantFrom(
  '',
  '?labelSelector=app%3Dweb&labelSelector=other',
  '?labelSelector=scaledobject.keda.sh%2Fname%3Dweb',
  '?labelSelector=a+in+(b,c),!d&metricLabelSelector=x%3Dy&limit=1&pretty=true',
  '?watch=true',
);
const odd = fc.oneof(
  fc
    .tuple(namespace, resource, encoded, encoded)
    .map(
      ([space, kind, name, metric]) =>
        `custom.metrics.k8s.io/v1beta2/namespaces/${space}/${kind}/${name}/${metric}`,
    ),
  fc
    .tuple(namespace, encoded)
    .map(([space, metric]) => `custom.metrics.k8s.io/v1beta1/namespaces/${space}/metrics/${metric}`),
  fc.tuple(resource, encoded, encoded).map((parts) => `custom.metrics.k8s.io/v1beta2/${parts.join('/')}`),
  fc
    .tuple(namespace, encoded)
    .map(([space, metric]) => `external.metrics.k8s.io/v1beta1/namespaces/${space}/${metric}`),
);
const oddForms = fc
  .tuple(odd, selector)
  .map(([path, query]) => ({ method: 'GET', url: `/apis/${path}${query}` }));

test('another adapter is asked for what was reviewed, however a request is written', async () => {
  const seen = { asked: 0, refused: 0, forbidden: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(['', 'team-a', 'other']),
      fc.oneof(requestForms, oddForms),
      async (given, request) => {
        const { status, target } = await assertReviewedIsAsked(given, request);
        if (target !== undefined) seen.asked++;
        else if (status === 404) seen.refused++;
        else if (status === 403) seen.forbidden++;
        assert.ok(status < 500, `${request.url}: ${status}`);
      },
    ),
    { numRuns: 2_000 },
  );
  for (const [what, count] of Object.entries(seen)) assert.ok(count >= 50, `${what}: ${count}`);
});

test('paths that another server could read in another way reach no adapter', async () => {
  const custom = '/apis/custom.metrics.k8s.io/v1beta2/namespaces/team-a';
  for (const path of [
    `${custom}/pods/%252e%252e/x`,
    `${custom}/pods/../x`,
    `${custom}/pods/web/a%252Fb`,
    `${custom}/pods/web/${'a'.repeat(513)}`,
    `${custom}/metrics/x/y`,
    `${custom}/namespaces/other/x`,
    `${custom}/Namespace/other/x`,
    `/apis/custom.metrics.k8s.io/v1beta2/namespaces/*/metrics/x`,
    `/apis/external.metrics.k8s.io/v1beta1/namespaces/team-a/..`,
  ]) {
    const { status, target } = await assertReviewedIsAsked(['team-a', '*', ''], { method: 'GET', url: path });
    assert.deepEqual([status, target], [404, undefined], path);
  }
});

test('api answers for its own metrics, unless the selector is that of a ScaledObject', async () => {
  const external = '/apis/external.metrics.k8s.io/v1beta1/namespaces/team-a/active_requests';
  const asked = async (url: string) =>
    (await assertReviewedIsAsked(['team-a'], { method: 'GET', url })).target;
  assert.equal(
    await asked('/apis/custom.metrics.k8s.io/v1beta2/namespaces/team-a/jobs.batch/x/active_requests'),
    undefined,
  );
  assert.equal(await asked(external), undefined);
  assert.equal(await asked(external.replace('active', 'ACTIVE')), undefined);
  const keda = '?labelSelector=scaledobject.keda.sh%2Fname%3Dweb';
  assert.equal(await asked(`${external}${keda}`), `${external}${keda}`);
});

test('a metric with the name of a subresource of namespaces is asked for as it was reviewed', async () => {
  for (const version of ['custom.metrics.k8s.io/v1beta2', 'external.metrics.k8s.io/v1beta1']) {
    const url = `/apis/${version}/namespaces/team-a/status`;
    assert.equal((await assertReviewedIsAsked(['team-a'], { method: 'GET', url })).target, url);
  }
});
