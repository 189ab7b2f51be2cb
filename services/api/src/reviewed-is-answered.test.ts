import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue, type Metric } from '@activescale/metrics';
import fc from 'fast-check';
import { createAccessCheck } from './access/access.ts';
import { createApp } from './app.ts';
import { createDemandFinder } from './custom-metrics/demand-finder.ts';
import { createMetricFinder, findBySubject } from './custom-metrics/metric-finder.ts';
import { servedGroups } from './discovery/discovery.ts';
import type { RequestInfo, ResourceRequest } from './http/request-info.ts';
import type { DemandProvider } from './metrics/demand.ts';
import type { Provider } from './metrics/provider.ts';
import type { DescribedObjects } from './objects/described-objects.ts';
import type { Destinations } from './objects/destinations.ts';
import { appDefaults } from './testing/app-defaults.ts';
import { ask } from './testing/ask.ts';
import { QUERY_PARAMETERS } from './testing/query-parameters.ts';
import { demandForms, NAMESPACES, type RequestForm, requestForms } from './testing/request-forms.ts';

// Whatever a client sends: what it is answered with is what was reviewed. Rights are written for the attributes of a
// SubjectAccessReview, so an answer that depends on anything else reads what nobody was allowed to read.

/** What was read for an answer. */
interface Read {
  readonly namespace: string;
  /** Of an object; '' where the labels of pods decide. */
  readonly name: string;
  readonly metric: string;
}

interface Rights {
  /** Names of namespaces with a Role for everything; '' is a ClusterRole for what is in none. */
  readonly namespaces: readonly string[];
  readonly paths: readonly string[];
}

/** The API with data in each namespace, for a user with these rights; notes what it reads and asks. */
function startApi(rights: Rights) {
  const reads: Read[] = [];
  const reviews: RequestInfo[] = [];
  const read = (namespace: string, name: string, metric: Metric) => {
    reads.push({ namespace, name, metric: metric.name });
    const value = NAMESPACES.indexOf(namespace);
    return value < 0 ? undefined : { name, timestamp: 0, value };
  };
  const provider: Provider = {
    async getMetricBySelector(namespace, _selector, metric) {
      const value = read(namespace, '*', metric);
      return value === undefined ? [] : [{ ...value, name: 'web-0' }];
    },
    getMetricByName: async (namespace, name, metric) => read(namespace, name, metric),
    getMetricOfAll: async ({ namespace, name }, metric) => read(namespace, name, metric),
  };
  const demand: DemandProvider = async ({ namespace, destinations }, metric) =>
    destinations.map(({ name }) => read(namespace, name, metric)).filter((value) => value !== undefined);
  const at = (name: string) => [{ name, ports: undefined }];
  const destinations: Destinations = {
    get: async (_kind, _namespace, name) => at(name),
    select: async () => at('web'),
  };
  const described = (name: string) =>
    ({ kind: 'Service', apiVersion: 'v1', name, selector: [], whose: 'all' }) as const;
  const objects: DescribedObjects = {
    get: async (_resource, _namespace, name) => described(name),
    select: async () => [described('web')],
  };
  const noPods = { ofObject: () => false, ofNamespace: async () => false, ofExternal: async () => false };
  const defaults = appDefaults();
  const checkAccess = createAccessCheck(
    async () => ({ name: 'tenant', groups: [] }),
    async (_user, info) => {
      reviews.push(info);
      const allowed =
        info.kind === 'path' ? rights.paths.includes(info.path) : rights.namespaces.includes(info.namespace);
      return { allowed, reason: '' };
    },
    defaults.telemetry,
  );
  const catalogue = () => builtInCatalogue;
  const groups = servedGroups(builtInCatalogue, { inCluster: true, external: true });
  const app = createApp({
    ...defaults,
    checkAccess,
    groups: () => groups,
    ownGroups: () => groups,
    customMetrics: {
      catalogue,
      find: findBySubject(
        createMetricFinder(provider, { objects, noPods }),
        createDemandFinder(demand, destinations),
      ),
      fallThrough: undefined,
      answered() {},
    },
    externalMetrics: {
      catalogue,
      provider,
      demand,
      destinations,
      noPods,
      fallThrough: undefined,
      answered() {},
    },
  });
  return { app, reads, reviews };
}

/** What a review is about, in the words of RBAC and without a look at the path. */
function reviewed({ group, namespace, resource, subresource, name }: ResourceRequest): Read {
  if (group === 'external.metrics.k8s.io') {
    return { namespace, name: '', metric: resource === 'namespaces' ? subresource : resource };
  }
  if (resource === 'metrics' && subresource === '') return { namespace, name: namespace, metric: name };
  const isNamespace = /^namespaces?$/i.test(resource);
  return { namespace: isNamespace ? name : namespace, name, metric: subresource };
}

/** The name under which a read object was reviewed. */
function nameUnder({ group, resource, name }: ResourceRequest, read: string): string {
  // The subject of an external metric is in its selector: rights are for the metrics of a namespace.
  if (group === 'external.metrics.k8s.io') return '';
  // A collection of anything but pods is read one by one.
  return name === '*' && !/^pods?(\.|$)/i.test(resource) ? '*' : read;
}

/** By what only the answer to one path contains. */
const MARKS = {
  '/version': '"gitVersion": "v0',
  '/metrics': '# HELP',
  '/openapi/v2': '"swagger"',
  '/openapi/v3': '"serverRelativeURL"',
  '/apis': '{"kind":"APIGroupList"',
  '/apis/custom.metrics.k8s.io': '{"kind":"APIGroup"',
};

async function assertReviewedIsAnswered(rights: Rights, request: RequestForm): Promise<number> {
  const { app, reads, reviews } = startApi(rights);
  const { status, body } = await ask(app, request);
  const [review] = reviews;
  const sent = `${request.method} ${request.url}`;
  assert.ok(reviews.length <= 1, `${sent}: reviewed once`);
  assert.ok(status < 500, `${sent}: ${status} ${body}`);
  for (const { namespace } of reads) {
    const allowed = rights.namespaces.includes(namespace) || rights.namespaces.includes('');
    assert.ok(allowed, `${sent}: read ${namespace} without a right`);
  }
  if (review === undefined) {
    assert.deepEqual([reads, status === 400 || status === 404], [[], true], `${sent}: ${status}`);
    return status;
  }
  for (const [path, mark] of Object.entries(MARKS)) {
    if (status !== 200 || !body.includes(mark)) continue;
    assert.ok(review.path === path || review.path === `${path}/`, `${sent}: answered as ${path}`);
  }
  if (review.kind === 'path') {
    assert.deepEqual(reads, [], sent);
    if (!rights.paths.includes(review.path)) assert.equal(status, 403, sent);
    return status;
  }
  if (!rights.namespaces.includes(review.namespace)) assert.deepEqual([status, reads], [403, []], sent);
  const about = reviewed(review);
  for (const { namespace, name, metric } of reads) {
    assert.deepEqual({ namespace, name: nameUnder(review, name), metric }, about, sent);
  }
  if (status !== 200) return status;
  assert.equal(request.method, 'GET', sent);
  for (const { describedObject } of JSON.parse(body).items) {
    if (describedObject === undefined) continue; // external
    const { namespace = about.namespace, name } = describedObject;
    assert.equal(namespace, about.namespace, sent);
    if (about.name !== '*') assert.equal(name, about.name, sent);
  }
  return status;
}

const rights = fc.record({
  namespaces: fc.subarray(['', ...NAMESPACES]),
  paths: fc.subarray(['/', ...Object.keys(MARKS)]),
});

test('what is answered is what was reviewed, however a request is written', async () => {
  const answers = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(rights, requestForms, async (given, request) => {
      const status = await assertReviewedIsAnswered(given, request);
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }),
    { numRuns: 2_000 },
  );
  for (const status of [200, 400, 403, 404, 405]) {
    const count = answers.get(status) ?? 0;
    assert.ok(count >= 20, `${status} only ${count} times of ${JSON.stringify([...answers])}`);
  }
});

test('the same holds for the demand for a destination', async () => {
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(rights, demandForms, async (given, request) => {
      if ((await assertReviewedIsAnswered(given, request)) === 200) answered++;
    }),
    { numRuns: 1_000 },
  );
  assert.ok(answered >= 100, `only ${answered} answers`);
});

test('a right in one namespace reads no other', async () => {
  const rights: Rights = { namespaces: ['team-a'], paths: [] };
  const version = '/apis/custom.metrics.k8s.io/v1beta2';
  for (const rest of [
    'namespaces/team-a/namespaces/other/active_requests',
    'namespaces/team-a/Namespaces/other/active_requests',
    'namespaces/team-a/namespace/other/active_requests',
    'namespaces/team-a/namespaces%2Fother/active_requests',
    'namespaces/team-a/status/other/active_requests',
    'namespaces/team-a/namespaces./other/active_requests',
  ]) {
    assert.equal(
      await assertReviewedIsAnswered(rights, { method: 'GET', url: `${version}/${rest}` }),
      404,
      rest,
    );
  }
});

test('any parameter or header of 60,000 characters takes less than 250 ms of CPU', async () => {
  const { app } = startApi({ namespaces: ['team-a'], paths: ['/readyz'] });
  const path = '/apis/custom.metrics.k8s.io/v1beta2/namespaces/team-a/pods/*/active_requests';
  const records = '/apis/activescale.io/v1alpha1/namespaces/team-a/podrecords';
  const units = [
    '/',
    ',',
    '\\',
    '\\,',
    '=',
    '!',
    '(',
    'a,',
    'a=b,',
    'a in (b),',
    '1s',
    '1',
    '9',
    '.',
    ' ',
    ';',
    '%2F',
    '*/*,',
    'a.b',
  ];
  const timed = async (what: string, asked: Parameters<typeof ask>[1]) => {
    const start = process.cpuUsage();
    await ask(app, asked);
    const { user, system } = process.cpuUsage(start);
    const took = (user + system) / 1_000;
    assert.ok(took < 250, `${what}: ${took} ms of CPU`);
  };
  for (const unit of units) {
    const text = unit.repeat(60_000 / unit.length);
    for (const parameter of QUERY_PARAMETERS) {
      await timed(`${parameter} of ${unit}`, `${path}?${parameter}=${text}x`);
      await timed(`${parameter} of ${unit}`, `/readyz?${parameter}=${text}x`);
      await timed(`${parameter} of ${unit}`, `${records}?${parameter}=${text}x`);
    }
    for (const header of ['accept', 'if-none-match', 'user-agent', 'authorization', 'audit-id']) {
      for (const url of [path, '/apis', '/openapi/v2'])
        await timed(`${header} of ${unit}`, { url, headers: { [header]: text } });
    }
  }
});
