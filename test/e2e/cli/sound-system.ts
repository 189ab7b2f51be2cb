import {
  type KubeClient,
  type KubeObject,
  listPods,
  namespace,
  podCount,
  runPods,
} from '@activescale/devkit';
import type { StoredPod } from '../../contract/api.ts';

/** All that a cluster with Istio and activescale has, but for the processes that the bench starts. */

const LABELS = { 'app.kubernetes.io/name': 'activescale', 'app.kubernetes.io/component': 'ingest' };
const INSTALL = 'activescale';
const SINK = 'activescale-ingest.activescale.svc.cluster.local:9000';
/** The part of docs/proxies/istio.md's that the metrics of `hpa` need. */
const FILTER = String.raw`http\.(inbound_[^;]*|InboundPassthroughCluster);\.downstream_rq_(active|total|time)`;

export interface MeshOptions {
  readonly address?: string;
  readonly tls?: string;
  readonly filter?: string;
}

/** istiod's ConfigMap. JSON is a part of YAML. */
export function mesh({ address = SINK, tls, filter = FILTER }: MeshOptions = {}): KubeObject {
  const sink = { ...(address !== '' && { address }), ...(tls && { tlsSettings: { mode: tls } }) };
  const defaultConfig = {
    envoyMetricsService: sink,
    proxyStatsMatcher: { inclusionRegexps: [filter] },
  };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'istio', namespace: 'istio-system' },
    data: { mesh: JSON.stringify({ defaultConfig }) },
  };
}

/** A pod of ingest. */
export function ingestPod(name: string, containers: readonly string[]): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: INSTALL, labels: LABELS },
    spec: { containers: containers.map((container) => ({ name: container, image: 'image' })) },
  };
}

export function ingestService(): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'activescale-ingest', namespace: INSTALL },
    spec: { selector: LABELS, ports: [{ name: 'grpc', port: 9000 }] },
  };
}

export function endpoints(): KubeObject {
  const metadata = {
    name: 'activescale-ingest-1',
    namespace: INSTALL,
    labels: { 'kubernetes.io/service-name': 'activescale-ingest' },
  };
  const endpoint = { addresses: ['10.0.0.7'], conditions: { ready: true } };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType: 'IPv4',
    endpoints: [endpoint],
    ports: [{ name: 'grpc', port: 9000 }],
  };
}

function component(name: string): KubeObject {
  const labels = { component: name };
  const containers = [{ name: 'main', image: 'image', envFrom: [{ configMapRef: { name: 'activescale' } }] }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: INSTALL },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  };
}

function web(): KubeObject {
  const labels = { app: 'web' };
  const containers = ['app', 'istio-proxy'].map((name) => ({ name, image: 'image' }));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  };
}

export type HpaMetric = 'load' | 'load alone' | 'average of a duration' | 'unknown' | 'nobody' | 'external';

/** An HPA that watches and does nothing. */
export function hpa(name: string, metric: HpaMetric = 'load', target = 'web'): KubeObject {
  const describedObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name: metric === 'nobody' ? 'nobody' : 'web',
  };
  const averageValue = { type: 'AverageValue', averageValue: '10' };
  const of = (metricName: string) => ({ metric: { name: metricName }, target: averageValue });
  const duration = { metric: { name: 'request_duration_seconds_p95' }, describedObject };
  const metrics = {
    load: [
      { type: 'Pods', pods: of('active_requests') },
      { type: 'Object', object: { ...duration, target: { type: 'Value', value: '400m' } } },
    ],
    'load alone': [{ type: 'Pods', pods: of('active_requests') }],
    'average of a duration': [{ type: 'Object', object: { ...duration, target: averageValue } }],
    unknown: [{ type: 'Pods', pods: of('active_request') }],
    external: [{ type: 'External', external: of('active_requests') }],
    nobody: [{ type: 'Object', object: { ...of('active_requests'), describedObject } }],
  };
  const never = { selectPolicy: 'Disabled' };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: 'shop' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target },
      minReplicas: 2,
      maxReplicas: 10,
      metrics: metrics[metric],
      behavior: { scaleUp: never, scaleDown: never },
    },
  };
}

/** @returns the names of web's two pods */
export async function createSoundSystem(admin: KubeClient): Promise<string[]> {
  for (const name of ['istio-system', 'shop']) await admin.apply(namespace(name));
  await admin.apply(mesh());
  await admin.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'activescale', namespace: INSTALL },
    data: { LOG_VERBOSITY: '0' },
  });
  for (const name of ['activescale-api', 'activescale-ingest']) await admin.apply(component(name));
  await admin.apply(ingestService());
  await admin.apply(endpoints());
  await admin.apply(ingestPod('ingest-0', ['ingest']));
  await admin.apply(web());
  const pods = { namespace: 'shop', labelSelector: 'app=web' };
  await podCount(admin, 2, pods);
  await runPods(admin, pods);
  await admin.apply(hpa('web'));
  return (await listPods(admin, pods)).map(({ metadata }) => metadata.name).sort();
}

/** What web's proxies push. */
export function recordsOf(pods: readonly string[], fields: Partial<StoredPod> = {}): StoredPod[] {
  return pods.map((name) => ({ name, active: 10, idleIsZero: true, expiry: 3_600_000, ...fields }));
}
