import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RequestInfo, requestInfo } from './request-info.ts';

const V1BETA2 = '/apis/custom.metrics.k8s.io/v1beta2';

function info(path: string, method = 'GET', query = ''): RequestInfo {
  return requestInfo(method, { path, query: new URLSearchParams(query) });
}

/** As a reader of RBAC writes it: verb resource/subresource name in namespace. */
function text(request: RequestInfo): string {
  if (request.kind === 'path') return `${request.verb} ${request.path}`;
  const { verb, resource, subresource, name, namespace } = request;
  return [verb, resource + (subresource && `/${subresource}`), name, namespace && `in ${namespace}`]
    .filter((part) => part !== '')
    .join(' ');
}

// What Go's RequestInfoFactory makes of each path (measured as SubjectAccessReviews).
const PATHS: readonly (readonly [path: string, expected: string])[] = [
  ['/apis', 'get /apis'],
  ['/apis/custom.metrics.k8s.io', 'get /apis/custom.metrics.k8s.io'],
  [V1BETA2, `get ${V1BETA2}`],
  [`${V1BETA2}/`, `get ${V1BETA2}/`],
  ['/metrics', 'get /metrics'],
  [`${V1BETA2}/namespaces/default/pods/*/active_requests`, 'get pods/active_requests * in default'],
  [`${V1BETA2}/namespaces/default/deployments.apps/web/m`, 'get deployments.apps/m web in default'],
  [`${V1BETA2}/namespaces/default/metrics/m`, 'get metrics m in default'],
  [`${V1BETA2}/namespaces/default/status`, 'get namespaces/status default in default'],
  [`${V1BETA2}/nodes/n1/m`, 'get nodes/m n1'],
  [`${V1BETA2}/pods`, 'list pods'],
  [`${V1BETA2}/watch/namespaces/default/pods/p/m`, 'watch pods/m p in default'],
  [`${V1BETA2}/watch`, 'list watch'],
  ['/apis/external.metrics.k8s.io/v1beta1/namespaces/default/queue', 'list queue in default'],
];

test('reads every path as Kubernetes does', () => {
  for (const [path, expected] of PATHS) assert.equal(text(info(path)), expected, path);
});

test('the method gives the verb', () => {
  const pod = `${V1BETA2}/namespaces/n/pods/p/m`;
  const verbs = { HEAD: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete', OPTIONS: '' };
  for (const [method, verb] of Object.entries(verbs)) assert.equal(info(pod, method).verb, verb);
  assert.equal(info('/metrics', 'POST').verb, 'post');
  const collection = '/apis/external.metrics.k8s.io/v1beta1/namespaces/n/m';
  assert.equal(info(collection, 'DELETE').verb, 'deletecollection');
  assert.equal(info(collection, 'GET', 'watch=true').verb, 'watch');
  assert.equal(info(collection, 'GET', 'watch=0').verb, 'list');
});

test('names group and version', () => {
  const request = info(`${V1BETA2}/namespaces/n/pods/p/m`);
  assert.ok(request.kind === 'resource');
  assert.deepEqual([request.group, request.version], ['custom.metrics.k8s.io', 'v1beta2']);
});

test('a path of very many parts is read as its first ones, and takes no time for the others', () => {
  const request = info(`${V1BETA2}/namespaces/n/pods/p/m${'/x'.repeat(30_000)}`);
  assert.ok(request.kind === 'resource');
  assert.equal(text(request), 'get pods/m p in n');
  assert.ok(request.depth > 5 && request.depth <= 16, `${request.depth} parts`);
});
