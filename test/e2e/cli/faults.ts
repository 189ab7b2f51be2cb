import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import {
  applyApiServices,
  createAuthority,
  grantApi,
  type KubeClient,
  until,
  whyUnavailable,
} from '@activescale/devkit';
import { IDLE } from '../../contract/api.ts';
import { API_USER, type ClusterBench } from '../../contract/api-cluster.ts';
import type { CliEnv } from './run-cli.ts';
import { endpoints, hpa, ingestPod, mesh, recordsOf } from './sound-system.ts';

/** A system that is sound, to be spoilt. */
export interface System {
  readonly bench: ClusterBench;
  readonly admin: KubeClient;
  /** Names of the pods of the Deployment web in shop. */
  readonly web: readonly string[];
}

/** One thing that is wrong. What lies in the mesh's ConfigMap and in hpa/web is mended by whoever seeds it. */
export interface Fault {
  readonly name: string;
  /** Which check must find it, and in which words. */
  readonly check: string;
  readonly problem: RegExp;
  /** What doctor is told besides. */
  readonly env?: CliEnv;
  seed(system: System): Promise<unknown>;
  undo?(system: System): Promise<unknown>;
}

const SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const BETA1 = 'v1beta1.custom.metrics.k8s.io';
const RBAC = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
const SETTINGS = '/api/v1/namespaces/activescale/configmaps/activescale';
export const HPAS = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers';

/** Registers api as it should be, or not quite. */
export async function register(
  { bench, admin }: System,
  caBundle = bench.plane.ca.cert,
  securePort = bench.api.securePort,
): Promise<void> {
  await applyApiServices(admin, { securePort, caBundle });
}

async function availableIs({ admin }: System, expected: boolean): Promise<void> {
  const look = async () => ((await whyUnavailable(admin, BETA1)) === undefined) === expected;
  await until(look, {
    what: `${BETA1} to be ${expected ? '' : 'un'}available`,
    deadline: 90_000,
    every: 200,
  });
}

/** Commands as a person types them: this needs no client. */
async function valkeyCommands({ bench }: System, ...commands: readonly string[]): Promise<void> {
  const socket = connect(bench.valkey.port, '127.0.0.1');
  for (const command of commands) {
    socket.write(`${command}\r\n`);
    const [answer] = await once(socket, 'data');
    assert.equal(String(answer), '+OK\r\n', command);
  }
  socket.destroy();
}

async function annotate(
  { admin, web }: System,
  annotations: Readonly<Record<string, string | null>>,
): Promise<void> {
  for (const name of web)
    await admin.patch(`/api/v1/namespaces/shop/pods/${name}`, { metadata: { annotations } });
}

const STATS = 'sidecar.istio.io/statsInclusionRegexps';

export const FAULTS: readonly Fault[] = [
  {
    name: 'an APIService is missing',
    check: 'APIServices',
    problem: /does not exist/,
    seed: ({ admin }) => admin.delete(`${SERVICES}/${BETA1}`),
    undo: async (system) => {
      await register(system);
      await availableIs(system, true);
    },
  },
  {
    name: 'an APIService leads to nobody',
    check: 'APIServices',
    problem: /not available: FailedDiscoveryCheck/,
    async seed(system) {
      await register(system, system.bench.plane.ca.cert, 1);
      await availableIs(system, false);
    },
    undo: async (system) => {
      await register(system);
      await availableIs(system, true);
    },
  },
  {
    name: 'another adapter has the group',
    check: 'APIServices',
    problem: /leads to the Service adapter in monitoring/,
    async seed({ admin }) {
      await admin.patch(`${SERVICES}/${BETA1}`, {
        spec: { service: { name: 'adapter', namespace: 'monitoring' } },
      });
    },
    undo: async (system) => {
      await register(system);
      await availableIs(system, true);
    },
  },
  {
    name: 'the caBundle is of another authority',
    check: 'trust',
    problem: /caBundle does not verify the served certificate/,
    seed: async (system) => register(system, (await createAuthority('other')).cert),
    undo: (system) => register(system),
  },
  {
    name: 'nothing is verified',
    check: 'APIServices',
    problem: /insecureSkipTLSVerify/,
    async seed({ admin }) {
      await admin.patch(`${SERVICES}/${BETA1}`, { spec: { insecureSkipTLSVerify: true, caBundle: null } });
    },
    undo: async (system) => {
      await system.admin.patch(`${SERVICES}/${BETA1}`, { spec: { insecureSkipTLSVerify: null } });
      await register(system);
    },
  },
  {
    name: 'api may not see pods',
    check: 'access',
    problem: /may not list pods/,
    seed: ({ admin }) => admin.delete(`${RBAC}/activescale-api`),
    undo: ({ admin }) => grantApi(admin, API_USER),
  },
  {
    name: 'api may not ask who somebody is',
    check: 'access',
    problem: /may not create tokenreviews/,
    seed: ({ admin }) => admin.delete(`${RBAC}/activescale-api-delegation`),
    undo: ({ admin }) => grantApi(admin, API_USER),
  },
  {
    name: 'Valkey is not there',
    check: 'Valkey',
    problem: /ECONNREFUSED/,
    env: { VALKEY_ADDR: '127.0.0.1:1' },
    seed: async () => {},
  },
  {
    name: 'Valkey throws records away',
    check: 'Valkey',
    problem: /maxmemory-policy is allkeys-lru/,
    seed: (system) =>
      valkeyCommands(system, 'CONFIG SET maxmemory 100mb', 'CONFIG SET maxmemory-policy allkeys-lru'),
    undo: (system) =>
      valkeyCommands(system, 'CONFIG SET maxmemory 0', 'CONFIG SET maxmemory-policy noeviction'),
  },
  {
    name: 'nobody takes what is pushed',
    check: 'ingest',
    problem: /no ready endpoint/,
    seed: ({ admin }) =>
      admin.delete('/apis/discovery.k8s.io/v1/namespaces/activescale/endpointslices/activescale-ingest-1'),
    undo: ({ admin }) => admin.apply(endpoints()),
  },
  {
    name: 'ingest is in the mesh',
    check: 'ingest',
    problem: /it is in the mesh/,
    seed: ({ admin }) => admin.apply(ingestPod('ingest-1', ['ingest', 'istio-proxy'])),
    undo: ({ admin }) => admin.delete('/api/v1/namespaces/activescale/pods/ingest-1?gracePeriodSeconds=0'),
  },
  {
    name: 'ingest proves addresses and api does not ask for them',
    check: 'peer check',
    problem: /ingest keeps records by address/,
    seed: ({ admin }) => admin.patch(SETTINGS, { data: { PEER_CHECK: 'address' } }),
    undo: ({ admin }) => admin.patch(SETTINGS, { data: { PEER_CHECK: null } }),
  },
  {
    name: 'proxies are told nothing',
    check: 'Istio',
    problem: /nothing tells its proxies where to push/,
    seed: ({ admin }) => admin.apply(mesh({ address: '' })),
  },
  {
    name: 'proxies push elsewhere',
    check: 'Istio',
    problem: /push to elsewhere\.monitoring:9000, which is not ingest/,
    seed: ({ admin }) => admin.apply(mesh({ address: 'elsewhere.monitoring:9000' })),
  },
  {
    name: 'proxies push over TLS to a plaintext port',
    check: 'Istio',
    problem: /push over TLS \(ISTIO_MUTUAL\), and ingest takes plaintext/,
    seed: ({ admin }) => admin.apply(mesh({ tls: 'ISTIO_MUTUAL' })),
  },
  {
    name: "the mesh's filter drops the gauge",
    check: 'Istio',
    problem: /stats filter in proxyStatsMatcher drops/,
    seed: ({ admin }) => admin.apply(mesh({ filter: 'cluster\\..*' })),
  },
  {
    name: "the mesh's filter drops what a metric needs beside the gauge",
    check: 'Istio',
    problem: /stats filter in proxyStatsMatcher drops downstream_rq_time$/,
    seed: ({ admin }) => admin.apply(mesh({ filter: 'http\\..*;\\.downstream_rq_(active|total)' })),
  },
  {
    name: 'an annotation replaces the filter',
    check: 'Istio',
    problem: new RegExp(`${STATS}, which replaces the list of the mesh, drops`),
    seed: (system) => annotate(system, { [STATS]: 'server.uptime' }),
    undo: (system) => annotate(system, { [STATS]: null }),
  },
  {
    name: 'the nodes themselves told of a filter that drops the gauge',
    check: 'records',
    problem: /2 of 2 pods.*their stats filter drops it/,
    seed: ({ bench, web }) => bench.put(...recordsOf(web, { ...IDLE, filterShown: true })),
    undo: ({ bench, web }) => bench.put(...recordsOf(web)),
  },
  {
    name: 'proxies push for another cluster',
    check: 'records',
    problem: /2 of 2 pods.*are unknown: no record/,
    env: { KEY_PREFIX: 'other' },
    seed: async () => {},
  },
  {
    name: 'a duration is shared out over pods',
    check: 'HPAs',
    problem: /request_duration_seconds_p95 has a target of type AverageValue/,
    seed: ({ admin }) => admin.apply(hpa('web', 'average of a duration')),
  },
  {
    name: 'a metric is misspelt',
    check: 'HPAs',
    problem: /there is no metric active_request$/,
    seed: ({ admin }) => admin.apply(hpa('web', 'unknown')),
  },
  {
    name: 'the described object does not exist',
    check: 'HPAs',
    problem: /Deployment nobody, which does not exist/,
    seed: ({ admin }) => admin.apply(hpa('web', 'nobody')),
  },
  {
    name: 'two HPAs scale one workload',
    check: 'HPAs',
    problem: /Deployment web has other HPAs too \(web-too\)/,
    seed: ({ admin }) => admin.apply(hpa('web-too')),
    undo: ({ admin }) => admin.delete(`${HPAS}/web-too`),
  },
];
