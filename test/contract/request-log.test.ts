import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, startApi } from '@activescale/devkit';
import { ask, startStandalone, V1BETA2 } from './api.ts';

const pods = (metric: string, name = '*') => `${V1BETA2}/namespaces/shop/pods/${name}/${metric}`;

interface RequestLine {
  readonly level: string;
  readonly auditId: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  readonly items?: number;
  readonly reason?: string;
}

function requestLine(api: Api, auditId: string): Promise<RequestLine> {
  const pick = (line: string): RequestLine | undefined => {
    const fields = line.startsWith('{') ? JSON.parse(line) : {};
    return fields.msg === 'request' && fields.auditId === auditId ? fields : undefined;
  };
  return api.line(pick, `the request ${auditId} was logged`);
}

test('with LOG_VERBOSITY=1 each request is logged, with the reason of a 404 and of an empty list', async () => {
  await using bench = await startStandalone({ LOG_VERBOSITY: '1' });
  await bench.put({ name: 'web-0', namespace: 'shop', age: 60_000 });
  const logged = async (auditId: string, path: string) => {
    const { status } = await bench.get(path, { headers: { 'audit-id': auditId } });
    const line = await requestLine(bench.api, auditId);
    assert.equal(line.status, status);
    assert.equal(line.path, path);
    assert.ok(line.durationMs >= 0);
    assert.equal(line.level, 'debug');
    return [status, line.items, line.reason];
  };
  const expired = 'no value of 1 pod: 1 expired';
  assert.deepEqual(await logged('one', pods('active_requests')), [200, 0, expired]);
  assert.deepEqual(await logged('two', pods('active_requests', 'web-0')), [404, undefined, expired]);
  assert.deepEqual(await logged('three', pods('active_requests', 'web-1')), [
    404,
    undefined,
    'no such object',
  ]);
  assert.deepEqual(await logged('four', pods('nope')), [404, undefined, 'no such metric']);
  const elsewhere = pods('active_requests').replace('shop', 'empty');
  assert.deepEqual(await logged('five', elsewhere), [200, 0, 'no pod matches']);
  await bench.put({ name: 'web-0', namespace: 'shop' });
  assert.deepEqual(await logged('six', pods('active_requests')), [200, 1, undefined]);
});

test('a failure of the server is logged with any verbosity', async () => {
  await using api = await startApi({ VALKEY_ADDR: '127.0.0.1:1', STANDALONE: 'true' });
  for (const [auditId, path] of Object.entries({ fine: '/apis', failed: pods('active_requests', 'web-0') })) {
    await ask(api.securePort, path, { headers: { 'audit-id': auditId } });
  }
  const { level, status, reason } = await requestLine(api, 'failed');
  assert.deepEqual([level, status], ['warn', 503]);
  assert.match(reason ?? '', /^the metrics store/);
  assert.doesNotMatch(api.logs(), /"auditId":"fine"/);
});
