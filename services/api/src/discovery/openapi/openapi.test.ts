import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestInfo } from '../../http/request-info.ts';
import { createRouter } from '../../http/routes.ts';
import { parseTarget } from '../../http/target.ts';
import { createQueryTrace } from '../../query-trace.ts';
import { openApiDocuments, swaggerDocument } from './documents.ts';
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
    trace: createQueryTrace(),
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

test('describes the external metrics API only where it is served', () => {
  const custom = { name: 'custom.metrics.k8s.io', versions: ['v1beta2', 'v1beta1'] };
  const external = { name: 'external.metrics.k8s.io', versions: ['v1beta1'] };
  const texts = (groups: Parameters<typeof swaggerDocument>[0]) =>
    [swaggerDocument(groups), openApiDocuments(groups)].map((document) => JSON.stringify(document));
  for (const text of texts([custom, external])) assert.match(text, /external[._]metrics/);
  for (const text of texts([custom])) assert.doesNotMatch(text, /external[._]metrics/i);
});

test('defines every type that it refers to, and no other', () => {
  const groups = [{ name: 'external.metrics.k8s.io', versions: ['v1beta1'] }];
  const { paths, definitions } = swaggerDocument(groups);
  const documents = Object.values(openApiDocuments(groups)) as { components: { schemas: object } }[];
  const parts = [
    { text: JSON.stringify({ paths, definitions }), types: definitions },
    ...documents.map((document) => ({ text: JSON.stringify(document), types: document.components.schemas })),
  ];
  for (const { text, types } of parts) {
    const referred = [...text.matchAll(/"\$ref":"#\/(?:definitions|components\/schemas)\/([^"]+)"/g)];
    assert.deepEqual(new Set(referred.map(([, name]) => name)), new Set(Object.keys(types)));
  }
});
