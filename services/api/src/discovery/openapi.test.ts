import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestInfo } from '../http/request-info.ts';
import { createRouter } from '../http/routes.ts';
import { parseTarget } from '../http/target.ts';
import { openApiRoutes } from './openapi.ts';

const routeOf = createRouter(
  openApiRoutes([{ name: 'custom.metrics.k8s.io', versions: ['v1beta2'] }], Date.UTC(2026, 0)),
);

async function ask(path: string, accept?: string) {
  const info = requestInfo('GET', parseTarget(path));
  const { status, body } = (await routeOf(info.path)?.answer({
    method: 'GET',
    url: path,
    headers: { accept },
    rawHeaders: [],
    certificate: undefined,
    address: '192.0.2.1',
    closed: Promise.resolve(),
    info,
    user: undefined,
  })) ?? { status: 404, body: Buffer.alloc(0) };
  return { status, bytes: body.length };
}

test('sends JSON to clients that accept it, and 406 without a body to others', async () => {
  for (const path of [
    '/openapi/v2',
    '/openapi/v3/apis/custom.metrics.k8s.io/v1beta2',
    '/openapi/v3/version',
  ]) {
    for (const accept of [
      undefined,
      '',
      '*/*',
      'application/*',
      'application/json',
      'application/com.github.proto-openapi.spec.v2.v1.0+protobuf, application/json;q=0.1',
    ]) {
      assert.equal((await ask(path, accept)).status, 200, String(accept));
    }
    for (const accept of [
      'text/html',
      'application/yaml',
      'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
      'application/com.github.proto-openapi.spec.v3.v1.0+protobuf',
      'nonsense',
    ]) {
      assert.deepEqual(await ask(path, accept), { status: 406, bytes: 0 }, accept);
    }
  }
});

test('sends the index as JSON whatever is asked for', async () => {
  assert.equal((await ask('/openapi/v3', 'text/html')).status, 200);
});
