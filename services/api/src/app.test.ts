import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue } from '@activescale/metrics';
import { serviceUnavailable, unauthorized } from '@activescale/protocol/kubernetes';
import fc from 'fast-check';
import { type AppOptions, createApp } from './app.ts';
import { servedGroups } from './discovery/discovery.ts';
import { StatusError } from './http/status-error.ts';
import type { AnsweredRequest } from './telemetry/request-log.ts';
import { appDefaults } from './testing/app-defaults.ts';
import { ask } from './testing/ask.ts';

const PATH = '/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/active_requests';
const catalogue = () => builtInCatalogue;
const groups = servedGroups(builtInCatalogue, { inCluster: false, external: false });

/** The app with what is given, and nothing else that could fail. */
function appWith(options: Partial<AppOptions>) {
  return createApp({
    ...appDefaults(),
    checkAccess: undefined,
    inFlight: { max: 400, maxPerUser: 100 },
    groups: () => groups,
    ownGroups: () => groups,
    customMetrics: { catalogue, find: async () => undefined, fallThrough: undefined, answered() {} },
    externalMetrics: undefined,
    ...options,
  });
}

test('a request that cannot be answered in time ends after 2 s with 503, without Retry-After', async () => {
  const never = new Promise<undefined>(() => {});
  const app = appWith({
    customMetrics: { catalogue, find: () => never, fallThrough: undefined, answered() {} },
  });
  const start = performance.now();
  const answer = await ask(app, PATH);
  const took = performance.now() - start;
  assert.equal(answer.status, 503);
  assert.deepEqual(answer.json().reason, 'ServiceUnavailable');
  assert.equal(answer.headers['retry-after'], undefined);
  assert.ok(took > 1_900 && took < 3_000, `${took} ms`);
});

test('one query more than may be in flight gets 429 at once, discovery and probes do not', async () => {
  const { promise: answer, resolve } = Promise.withResolvers<undefined>();
  const asked = Promise.withResolvers<void>();
  let queries = 0;
  const find = () => {
    if (++queries === 2) asked.resolve();
    return answer;
  };
  const app = appWith({
    inFlight: { max: 2, maxPerUser: 1 },
    customMetrics: { catalogue, find, fallThrough: undefined, answered() {} },
  });
  const first = [ask(app, PATH), ask(app, PATH)].map((each) => each.then(({ status }) => status));
  await asked.promise;
  const third = await ask(app, PATH);
  assert.equal(third.status, 429);
  assert.equal(third.json().reason, 'TooManyRequests');
  assert.match(third.json().message, /MAX_REQUESTS_IN_FLIGHT/);
  assert.equal(third.headers['retry-after'], undefined);
  assert.equal(queries, 2);
  for (const url of ['/apis', '/apis/custom.metrics.k8s.io/v1beta2', '/openapi/v3', '/readyz', '/livez']) {
    assert.equal((await ask(app, url)).status, 200, url);
  }
  resolve(undefined);
  assert.deepEqual(await Promise.all(first), [404, 404]);
  assert.equal((await ask(app, PATH)).status, 404, 'the places are free again');
});

test('requests whose sender is not known yet, or may not ask, keep no query out', async () => {
  const unknown = Promise.withResolvers<void>();
  const app = appWith({
    inFlight: { max: 1, maxPerUser: 1 },
    async checkAccess({ headers }) {
      if (headers.authorization === 'Bearer good') return { name: 'hpa', groups: [] };
      await unknown.promise;
      throw new StatusError(unauthorized());
    },
  });
  const strangers = ['/apis/nobody/v1/things', PATH, PATH].map((url) =>
    ask(app, url).then(({ status }) => status),
  );
  const authorization = 'Bearer good';
  assert.equal((await ask(app, { url: PATH, headers: { authorization } })).status, 404);
  unknown.resolve();
  assert.deepEqual(await Promise.all(strangers), [401, 401, 401]);
});

test('a user with too many queries in flight gets 429, and others are answered', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const asked = Promise.withResolvers<void>();
  let queries = 0;
  const find = () => {
    if (++queries === 3) asked.resolve();
    return promise;
  };
  const app = appWith({
    inFlight: { max: 10, maxPerUser: 2 },
    checkAccess: async ({ headers }) => ({ name: String(headers.from), groups: [] }),
    customMetrics: { catalogue, find, fallThrough: undefined, answered() {} },
  });
  const askAs = async (from: string) => {
    const { status, body } = await ask(app, { url: PATH, headers: { from } });
    return status === 429 ? body : status;
  };
  const first = [askAs('greedy'), askAs('greedy'), askAs('hpa')];
  await asked.promise;
  assert.match(String(await askAs('greedy')), /MAX_REQUESTS_IN_FLIGHT_PER_USER/);
  resolve(undefined);
  assert.deepEqual(await Promise.all(first), [404, 404, 404]);
  assert.equal(await askAs('greedy'), 404, 'the places are free again');
});

test('an unexpected error is a 500 without details for the client, and is reported', async () => {
  const failures: unknown[] = [];
  const broken = new TypeError('a secret');
  const app = appWith({
    customMetrics: { catalogue, find: () => Promise.reject(broken), fallThrough: undefined, answered() {} },
    failed: (error) => failures.push(error),
  });
  const answer = await ask(app, PATH);
  assert.equal(answer.status, 500);
  assert.doesNotMatch(answer.body, /secret/);
  assert.deepEqual(failures, [broken]);
});

test('access is checked before any path is looked up, and before its method', async () => {
  const app = appWith({
    checkAccess: () => Promise.reject(new StatusError(unauthorized())),
  });
  for (const url of ['/', '/nope', '/apis', PATH, '/readyz']) {
    assert.equal((await ask(app, url)).status, 401, url);
    assert.equal((await ask(app, { method: 'DELETE', url })).status, 401, url);
  }
});

test('any path and query is answered by a Status, a list or the list of paths, never by a 500', async () => {
  const app = appWith({});
  const part = fc.oneof(
    fc.stringMatching(/^[!-~]{0,12}$/),
    fc.constantFrom('%zz', '%ff', '%00', '%2F', '..', '*', ''),
  );
  const start = fc.constantFrom('', '/apis', '/apis/custom.metrics.k8s.io/v1beta2', '/openapi/v3', '/readyz');
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS');
  await fc.assert(
    fc.asyncProperty(
      method,
      start,
      fc.array(part, { maxLength: 6 }),
      part,
      async (method, prefix, parts, query) => {
        const url = `${prefix}/${parts.join('/')}?${query}`;
        const { status, headers } = await ask(app, { method, url });
        assert.ok(status < 500, `${method} ${url}: ${status}`);
        assert.equal(headers['retry-after'], undefined);
      },
    ),
    { numRuns: 500 },
  );
});

test('each request is logged with its audit id, its sender and why it has no value', async () => {
  const lines: AnsweredRequest[] = [];
  const app = appWith({
    checkAccess: async ({ headers }) => {
      if (headers.from === undefined) throw new StatusError(unauthorized());
      return { name: String(headers.from), groups: [] };
    },
    customMetrics: {
      catalogue,
      async find(_asked, _selector, _metric, trace) {
        trace.found(1);
        trace.omitted('expired');
        return { kind: 'Pod', apiVersion: 'v1', items: [] };
      },
      fallThrough: undefined,
      answered() {},
    },
    logRequest: (line) => lines.push(line),
  });
  const headers = { from: 'hpa', 'audit-id': 'abc' };
  await ask(app, { url: PATH, headers });
  await ask(app, { url: PATH.replace('*', 'web-0'), headers });
  await ask(app, { url: PATH.replace('active_requests', 'nope'), headers });
  const stranger = await ask(app, PATH);
  await ask(app, { url: '/#', headers });
  assert.deepEqual(
    lines.map(({ auditId, user, status, items, reason, allowed }) => [
      auditId,
      user,
      status,
      items,
      reason,
      allowed,
    ]),
    [
      ['abc', 'hpa', 200, 0, 'no value of 1 pod: 1 expired', true],
      ['abc', 'hpa', 404, undefined, 'no value of 1 pod: 1 expired', true],
      ['abc', 'hpa', 404, undefined, 'no such metric', true],
      [stranger.headers['audit-id'], undefined, 401, undefined, 'Unauthorized', false],
      ['abc', undefined, 404, undefined, 'the server could not find the requested resource', false],
    ],
  );
});

test('the reason of a failure is the error, not that no value was found before it', async () => {
  const lines: AnsweredRequest[] = [];
  const app = appWith({
    customMetrics: {
      catalogue,
      async find(_asked, _selector, _metric, trace) {
        trace.found(3);
        throw new StatusError(serviceUnavailable('away'));
      },
      fallThrough: undefined,
      answered() {},
    },
    logRequest: (line) => lines.push(line),
  });
  await ask(app, PATH);
  assert.deepEqual(
    lines.map(({ status, reason }) => [status, reason]),
    [[503, 'away']],
  );
});
