import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { createAuthority, type KubeClient, namespace, until } from '@activescale/devkit';
import { metricsOf, readyz, V1BETA2 } from './api.ts';
import { type ClusterBench, startInCluster } from './api-cluster.ts';
import {
  type FakeAdapter,
  json,
  LIST,
  OTHER,
  OTHER_HOST,
  RESOLVES_SERVICES,
  startFakeAdapter,
} from './other-adapter.ts';

// Another adapter that fails in every way: its metrics get 503, and nothing else changes.

let fake: FakeAdapter;
let bench: ClusterBench;
let user: KubeClient;
before(async () => {
  fake = await startFakeAdapter();
  bench = await startInCluster({
    env: {
      ...RESOLVES_SERVICES,
      FALLTHROUGH_CUSTOM: `${OTHER.namespace}/${OTHER.service}:${fake.port}`,
      FALLTHROUGH_CUSTOM_CA_FILE: fake.caFile,
    },
  });
  user = bench.plane.admin;
  await user.apply(namespace('shop'));
  await listed();
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
  await fake?.[Symbol.asyncDispose]();
});

const OTHERS = `${V1BETA2}/namespaces/shop/pods/*/other`;
const OURS = `${V1BETA2}/namespaces/shop/pods/*/active_requests`;
const NAMED = 'monitoring/other-adapter (FALLTHROUGH_CUSTOM)';

async function listed(): Promise<void> {
  const has = async () => (await user.request(V1BETA2)).body.includes('pods/other');
  await until(has, { what: 'the metrics of the other adapter in discovery', deadline: 30_000, every: 100 });
}

/** Waits until the fake answers again, whatever it did before. */
async function recovered(): Promise<void> {
  fake.answer = (_, response) => json(response, 200, LIST);
  const works = async () => (await user.request(OTHERS)).status === 200;
  await until(works, { what: 'an answer of the other adapter', deadline: 10_000, every: 50 });
}
beforeEach(recovered);

async function messageOf(path = OTHERS): Promise<[number, string]> {
  const { status, headers, body } = await user.request(path);
  assert.equal(headers['retry-after'], undefined);
  return [status, JSON.parse(body).message];
}

test('the answer of the other adapter is passed on as it is', async () => {
  const { status, body } = await user.request(OTHERS);
  assert.deepEqual([status, JSON.parse(body)], [200, LIST]);
});

const UNUSABLE: readonly [string, (response: ServerResponse) => void, string][] = [
  ['text', (response) => response.end('hello'), 'its answer is not application/json'],
  [
    'broken JSON',
    (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"kind":'),
    'its answer is not valid JSON',
  ],
  [
    'another list',
    (response) => json(response, 200, { ...LIST, apiVersion: 'custom.metrics.k8s.io/v1beta1' }),
    'its answer is no MetricValueList of custom.metrics.k8s.io/v1beta2',
  ],
  [
    'too many bytes',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      for (let i = 0; i < 40; i++) response.write(Buffer.alloc(64 * 1024, ' '));
      response.end();
    },
    'the answer is larger than 2097152 bytes',
  ],
  [
    'too many values',
    (response) => json(response, 200, { ...LIST, items: Array(100_001).fill({}) }),
    'its answer has more than 100000 values',
  ],
  [
    'a redirect',
    (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    'it answered with the status 302',
  ],
  ['nothing', () => {}, 'no answer within 1500 ms'],
  [
    'an answer that drips',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 100);
      response.once('close', () => clearInterval(timer));
    },
    'no answer within 1500 ms',
  ],
  ['the end of the connection', (response) => response.destroy(), 'socket hang up'],
];

for (const [what, answer, problem] of UNUSABLE) {
  test(`${what} of the other adapter is 503 with the reason, within 2 s`, async () => {
    fake.answer = (_, response) => answer(response);
    const start = performance.now();
    assert.deepEqual(await messageOf(), [503, `${NAMED} is unavailable: ${problem}`]);
    assert.ok(performance.now() - start < 2_000);
  });
}

test('errors of the other adapter about a query are passed on, others are 503', async () => {
  const status = (code: number, message: string, reason: string) => {
    fake.answer = (_, response) =>
      json(response.setHeader('retry-after', '1'), code, { kind: 'Status', code, message, reason });
  };
  status(404, 'no such metric', 'NotFound');
  assert.deepEqual(await messageOf(), [404, 'no such metric']);
  status(500, 'no database', 'InternalError');
  assert.deepEqual(await messageOf(), [503, `${NAMED} answered 500: no database`]);
  fake.answer = (_, response) => response.writeHead(404).end('404 page not found');
  assert.deepEqual(await messageOf(), [
    503,
    `${NAMED} does not serve custom.metrics.k8s.io/v1beta2: 404 page not found`,
  ]);
  status(403, 'you may not', 'Forbidden');
  assert.deepEqual(await messageOf(), [
    503,
    `${NAMED} refuses the service account of activescale-api (403 you may not): grant it get and list of all resources in custom.metrics.k8s.io`,
  ]);
});

test('a certificate of another authority or for another name is refused', async () => {
  await fake.present(await createAuthority('stranger'), OTHER_HOST);
  assert.match((await messageOf())[1], /certificate/);
  await fake.present(fake.ca, 'localhost');
  assert.match((await messageOf())[1], /Hostname\/IP does not match certificate's altnames/);
  await fake.present(fake.ca, OTHER_HOST);
});

test('another CA in the file is trusted without a restart', async () => {
  const next = await createAuthority('next');
  await fake.present(next, OTHER_HOST);
  assert.match((await messageOf())[1], /certificate/);
  await writeFile(fake.caFile, next.cert);
  await recovered();
  await writeFile(fake.caFile, fake.ca.cert);
  await fake.present(fake.ca, OTHER_HOST);
});

test('a dead adapter is noticed at once, and asked again within a second of its return', async () => {
  await fake.die();
  for (let i = 0; i < 6; i++) assert.match((await messageOf())[1], /ECONNREFUSED/);
  assert.match(await metricsOf(bench.api), /fallthrough_up\{group="custom.metrics.k8s.io"\} 0/);
  const ready = await readyz(bench.api);
  assert.match(
    ready,
    /\[!\]fallthrough warning: the other adapter of custom.metrics.k8s.io is down: .*ECONNREFUSED/,
  );
  assert.match(ready, /readyz check passed/);
  assert.ok((await user.request(V1BETA2)).body.includes('pods/other'), 'still in discovery');
  assert.equal((await user.request(OURS)).status, 200);
  await fake.revive();
  const start = performance.now();
  await recovered();
  assert.ok(performance.now() - start < 5_000);
});

test('a limited number of queries wait for a hanging adapter, and ours are answered meanwhile', async () => {
  fake.answer = () => {};
  const asked = fake.requests.length;
  const statuses = await Promise.all(
    Array.from({ length: 200 }, async () => (await user.request(OTHERS)).status),
  );
  assert.ok(fake.requests.length - asked <= 40, `${fake.requests.length - asked} queries reached it`);
  assert.deepEqual(new Set(statuses).difference(new Set([429, 503])), new Set());
  const start = performance.now();
  // At most one of two is the query that tries again.
  assert.equal((await Promise.race([messageOf(), messageOf()]))[0], 503);
  assert.ok(performance.now() - start < 1_400, 'refused without a query');
  assert.equal((await user.request(OURS)).status, 200);
});

test('the other adapter gets nothing that the client sent', async () => {
  fake.requests.length = 0;
  const headers = {
    authorization: 'Basic x',
    cookie: 'secret',
    'x-remote-user': 'root',
    'x-request-id': '1',
  };
  const path = `${OTHERS}?labelSelector=b%3D1,a+in+(y,x)&labelSelector=c&limit=5&pretty=true&x=y`;
  const direct = bench.direct(await bench.plane.credential({ name: 'a', groups: ['system:masters'] }));
  assert.equal((await direct.request(path, { headers })).status, 200);
  const [request] = fake.requests;
  assert.equal(
    request?.url,
    `${V1BETA2}/namespaces/shop/pods/*/other?labelSelector=a%20in%20(x%2Cy)%2Cb%3D1`,
  );
  assert.deepEqual(request?.headers, {
    accept: 'application/json',
    'accept-encoding': 'identity',
    connection: 'keep-alive',
    host: `${OTHER_HOST}:${fake.port}`,
    'user-agent': 'activescale-api',
    'x-activescale-fall-through': 'true',
  });
});
