import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterPod } from '../../cluster/pods.ts';
import { proxyProblems } from './istio.ts';

const POD: ClusterPod = {
  name: 'web-1',
  phase: 'Running',
  deleting: false,
  ready: true,
  ips: [],
  labels: {},
  annotations: {},
  containers: ['istio-proxy'],
  owner: undefined,
  createdAt: undefined,
};

/** What doctor says of proxies that push to an address. */
function problemsWith(address: string): string[] {
  const expected = { host: 'activescale-ingest.activescale.svc', ports: [9000], tls: false };
  const defaults = { envoyMetricsService: { address }, proxyStatsMatcher: { inclusionRegexps: ['.*'] } };
  return proxyProblems(POD, defaults, expected, 0).map(({ problem }) => problem);
}

test('ingest is recognized by every name that leads to it, whatever the domain of the cluster', () => {
  for (const name of [
    'activescale-ingest.activescale',
    'activescale-ingest.activescale.svc',
    'activescale-ingest.activescale.svc.cluster.local',
    'activescale-ingest.activescale.svc.cluster.local.',
    'activescale-ingest.activescale.svc.corp.example',
  ])
    assert.deepEqual(problemsWith(`${name}:9000`), [], name);
});

test('another name or port is a finding', () => {
  for (const address of [
    'activescale-ingest:9000',
    'activescale-ingest.other.svc.cluster.local:9000',
    'activescale-ingest.activescale.svcx:9000',
    'activescale-ingest.activescale.svc.cluster.local:9001',
  ])
    assert.match(problemsWith(address)[0] ?? '', /which is not ingest/, address);
});
