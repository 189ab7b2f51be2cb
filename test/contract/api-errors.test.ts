import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Bench, startStandalone, V1BETA2 } from './api.ts';

let bench: Bench;
before(async () => {
  bench = await startStandalone();
  await bench.put({ name: 'pod-a', active: 1 });
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const PODS = `${V1BETA2}/namespaces/shop/pods`;
const NO_RESOURCE =
  '"message":"the server could not find the requested resource","reason":"NotFound","details":{}';
const NOT_ALLOWED =
  '"message":"the server does not allow this method on the requested resource","reason":"MethodNotAllowed","details":{}';
const notFound = (what: string) =>
  `"message":"the server could not find the metric ${what}","reason":"NotFound"`;
const bad = (message: string) => `"message":${JSON.stringify(message)},"reason":"BadRequest"`;

interface Case {
  /** The row of the table of errors (section 2.4), and what it says. */
  readonly row: string;
  readonly paths: readonly string[];
  readonly method?: string;
  readonly code: number;
  readonly status: string;
}

const CASES: readonly Case[] = [
  {
    row: 'A: a path of a wrong shape, or a version that is not served',
    paths: [
      `${PODS}/pod-a`,
      `${V1BETA2}/pods`,
      `${PODS}/pod-a/active_requests/more`,
      `${PODS}//active_requests`,
      '/apis/custom.metrics.k8s.io/v1/namespaces/shop/pods/pod-a/active_requests',
      '/apis/custom.metrics.k8s.io/v1',
    ],
    code: 404,
    status: NO_RESOURCE,
  },
  {
    row: 'B: a resource of a namespace without a name',
    paths: [`${V1BETA2}/namespaces/shop/foo`],
    code: 400,
    status: bad('invalid request path'),
  },
  {
    row: 'C: an unknown metric by name',
    paths: [`${PODS}/pod-a/nope`],
    code: 404,
    status: notFound('nope for pods pod-a'),
  },
  {
    row: 'C: an unknown pod by name',
    paths: [`${PODS}/pod-z/active_requests`],
    code: 404,
    status: notFound('active_requests for pods pod-z'),
  },
  {
    row: 'E: an unknown metric of all pods',
    paths: [`${PODS}/*/nope`],
    code: 404,
    status: notFound('nope for pods'),
  },
  {
    row: 'G: a bad label selector',
    paths: [`${PODS}/*/active_requests?labelSelector=a%3D!b`],
    code: 400,
    status: bad("unable to parse requirement: found '!', expected: identifier"),
  },
  {
    row: 'H: a bad metric selector',
    paths: [`${PODS}/*/active_requests?metricLabelSelector=a%3D!b`],
    code: 400,
    status: bad("unable to parse requirement: found '!', expected: identifier"),
  },
  {
    row: 'I: a field selector of another name',
    paths: [`${PODS}/pod-a/active_requests?fieldSelector=metadata.name%3Dpod-b`],
    code: 400,
    status: bad("fieldSelector metadata.name doesn't match requested name"),
  },
  {
    row: 'I: a field selector of another field',
    paths: [`${PODS}/*/active_requests?fieldSelector=spec.x%3D1`],
    code: 400,
    status: bad('"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"'),
  },
  {
    row: 'J: a limit that is no number',
    paths: [`${PODS}/*/active_requests?limit=abc`],
    code: 400,
    status: bad('strconv.ParseInt: parsing "abc": invalid syntax'),
  },
  {
    row: 'K: an unknown resource by name',
    paths: [`${V1BETA2}/namespaces/shop/widgets/w/active_requests`],
    code: 404,
    status: notFound('active_requests for widgets w'),
  },
  {
    row: 'K: an unknown resource, all of it',
    paths: [`${V1BETA2}/namespaces/shop/widgets/*/active_requests`],
    code: 404,
    status: notFound('active_requests for widgets'),
  },
  ...['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map((method) => ({
    row: `L: ${method}`,
    paths: ['/apis', '/apis/custom.metrics.k8s.io', V1BETA2, `${PODS}/*/active_requests`],
    method,
    code: 405,
    status: NOT_ALLOWED,
  })),
  {
    row: 'a path whose escapes are malformed',
    paths: [`${PODS}/%zz/active_requests`],
    code: 400,
    status: bad('invalid request path'),
  },
];

for (const { row, paths, method = 'GET', code, status } of CASES) {
  test(`row ${row}: ${code}`, async () => {
    for (const path of paths) {
      const answer = await bench.get(path, { method, ...(method === 'POST' && { body: 'not JSON' }) });
      assert.equal(
        answer.body,
        `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",${status},"code":${code}}\n`,
        path,
      );
      assert.equal(answer.status, code);
      assert.equal(answer.headers['content-type'], 'application/json');
      assert.equal(answer.headers['retry-after'], undefined);
    }
  });
}

test('another method on a fixed path: 405 and not the list of paths, 200 where Go allows HEAD', async () => {
  for (const path of ['/', '/version', '/metrics', '/openapi/v2', '/openapi/v3', '/openapi/v3/version']) {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const { status, body } = await bench.get(path, { method });
      assert.equal(status, 405, `${method} ${path}`);
      assert.match(body, /"reason":"MethodNotAllowed"/);
    }
    const head = await bench.get(path, { method: 'HEAD' });
    assert.deepEqual([head.status, head.body], [path === '/version' ? 405 : 200, ''], path);
  }
  assert.equal((await bench.get('/nope', { method: 'POST' })).status, 404);
});

test('row L: HEAD: 405', async () => {
  for (const path of ['/apis', V1BETA2, `${PODS}/*/active_requests`]) {
    assert.equal((await bench.get(path, { method: 'HEAD' })).status, 405, path);
  }
});

test('row F: no pod matches: an empty list', async () => {
  const { status, body } = await bench.get(`${V1BETA2}/namespaces/nobody/pods/*/active_requests`);
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(body).items, []);
});

test('the Audit-ID of a request comes back, and others get one', async () => {
  const own = await bench.get('/apis', { headers: { 'Audit-ID': 'my-id' } });
  assert.equal(own.headers['audit-id'], 'my-id');
  assert.match(String((await bench.get('/apis')).headers['audit-id']), /^[0-9a-f-]{36}$/);
});
