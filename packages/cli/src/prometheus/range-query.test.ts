import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { MAX_RANGE_POINTS, queryRange, rangeStep } from './range-query.ts';
import { parsePrometheusUrl } from './server-url.ts';

/** An HTTP server with the answers of a test. */
async function startServer(answer: RequestListener) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const QUERY = { expression: 'sum(up{job="a&b"})', from: 1_000_500, to: 1_060_000, step: 15_000 };
const never = new AbortController().signal;

function matrix(...result: readonly object[]): string {
  return JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } });
}

test('a range query has times in seconds, and a path of the server is a prefix', async () => {
  const seen: string[] = [];
  await using server = await startServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const values = [
      [1000.5, '1'],
      [1015.5, 'NaN'],
      [1030.5, '+Inf'],
      [1045.5, '2.5e3'],
    ];
    response.end(matrix({ metric: { pod: 'web-1' }, values }));
  });
  const expected = [
    {
      labels: { pod: 'web-1' },
      points: [
        { at: 1_000_500, value: 1 },
        { at: 1_045_500, value: 2500 },
      ],
    },
  ];
  for (const base of ['', '/', '/prometheus', '/prometheus/'])
    assert.deepEqual(await queryRange(parsePrometheusUrl(server.url + base), QUERY, never), expected);
  const query = '/api/v1/query_range?query=sum%28up%7Bjob%3D%22a%26b%22%7D%29&start=1000.5&end=1060&step=15';
  const prefixed = `GET /prometheus${query}`;
  assert.deepEqual(seen, [`GET ${query}`, `GET ${query}`, prefixed, prefixed]);
});

test('an error names the server and the reason', async () => {
  const answers: readonly (readonly [status: number, body: string, message: RegExp])[] = [
    [400, '{"status":"error","errorType":"bad_data","error":"parse error"}', /: status 400: parse error$/],
    [401, 'Unauthorized', /: status 401, expected JSON, found "Unauthorized"$/],
    [200, '{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}', /: expected a matrix/],
    [200, 'null', /: status 200: "null"$/],
    [200, matrix({ metric: {}, histograms: [] }), /: expected values, found a series without any$/],
    [200, matrix({ metric: {}, values: [[1, 2]] }), /: expected \[time, "value"\], found "\[1,2\]"$/],
  ];
  for (const [status, body, message] of answers) {
    await using server = await startServer((_, response) => response.writeHead(status).end(body));
    await assert.rejects(queryRange(parsePrometheusUrl(server.url), QUERY, never), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, new RegExp(`^Prometheus at ${server.url}/: `));
      assert.match(error.message, message);
      return true;
    });
  }
});

test('a server that is missing, redirects or answers without end is an error', async () => {
  const refused = (url: string, message: RegExp) =>
    assert.rejects(queryRange(parsePrometheusUrl(url), QUERY, never), { code: 'ERR_PROMETHEUS', message });
  const gone = await startServer(() => {});
  await gone[Symbol.asyncDispose]();
  await refused(gone.url, /cannot be queried: .*ECONNREFUSED/);
  await using redirecting = await startServer((_, response) =>
    response.writeHead(302, { location: '/login' }).end(),
  );
  await refused(redirecting.url, /cannot be queried: .*redirect/);
  await using endless = await startServer((_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  });
  await refused(endless.url, /: the response is longer than 32 MiB: query fewer series, or a shorter time$/);
});

test('an abort ends a query with its own reason', async () => {
  const interrupt = new AbortController();
  await using server = await startServer(() => interrupt.abort(new Error('interrupted')));
  await assert.rejects(
    queryRange(parsePrometheusUrl(server.url), QUERY, interrupt.signal),
    /^Error: interrupted$/,
  );
});

test('a step is in whole seconds, and keeps a range within the limit of points', () => {
  assert.equal(rangeStep(600_000, 1_000), 1_000);
  assert.equal(rangeStep(600_000, 1_500), 2_000);
  for (const days of [1, 7, 30]) {
    const span = days * 86_400_000;
    const points = Math.floor(span / rangeStep(span, 1_000)) + 1;
    assert.ok(points <= MAX_RANGE_POINTS && points > MAX_RANGE_POINTS / 2, `${points} points`);
  }
});

test('only a base URL without credentials is accepted', () => {
  const refused = (text: string, message: RegExp) =>
    assert.throws(() => parsePrometheusUrl(text), { name: 'UsageError', message });
  refused('prometheus:9090', /^--prometheus "prometheus:9090": expected an http or https URL/);
  refused('', /expected an http or https URL/);
  refused('http://me:secret@prometheus:9090', /credentials in the URL are not accepted/);
  refused('http://prometheus:9090/?a=b', /without a query or fragment/);
  assert.equal(parsePrometheusUrl('https://example.com/prometheus').pathname, '/prometheus');
});
