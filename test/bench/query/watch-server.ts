import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { podLabels, podName } from './pods.ts';

// A cluster of the given number of pods, as a watch of their metadata sees it: a streaming list, then a change each
// millisecond. A separate process:
//   node test/bench/query/watch-server.ts PODS
// Its first line of output is its port.
const count = Number(process.argv[2]);

/** What kube-apiserver sends of a pod's metadata, with the part that api does not need: about 1 KB. */
function event(type: string, index: number, version: number): string {
  const managedFields = ['kubelet', 'kube-controller-manager'].map((manager) => ({
    manager,
    operation: 'Update',
    fieldsV1: { 'f:metadata': { 'f:labels': { 'f:app': {}, 'f:workload': {}, 'f:pod-template-hash': {} } } },
  }));
  const metadata = {
    name: podName(index),
    namespace: `team-${index % 100}`,
    resourceVersion: String(version),
    creationTimestamp: new Date(1_800_000_000_000 + index * 1_000).toISOString(),
    uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    labels: podLabels(index),
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-6f7c9d5b8d', uid: 'a-uid', controller: true },
    ],
    annotations: { 'sidecar.istio.io/status': 'x'.repeat(300) },
    managedFields,
  };
  return `${JSON.stringify({ type, object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata } })}\n`;
}

const end = `${JSON.stringify({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion: '1', annotations: { 'k8s.io/initial-events-end': 'true' } } },
})}\n`;

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (!url.searchParams.has('watch')) return response.writeHead(404).end('{}');
  response.writeHead(200, { 'content-type': 'application/json' });
  if (url.pathname !== '/api/v1/pods') return response.write(end);
  for (let i = 0; i < count; i++) {
    if (!response.write(event('ADDED', i, i)))
      await new Promise((resolve) => response.once('drain', resolve));
  }
  response.write(end);
  let version = count;
  if (count === 0) return;
  const timer = setInterval(() => response.write(event('MODIFIED', version % count, version++)), 1);
  response.once('close', () => clearInterval(timer));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
