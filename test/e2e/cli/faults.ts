import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import {
  applyApiServices,
  clusterRoleBinding,
  createAuthority,
  grantApi,
  type KubeClient,
  until,
  whyUnavailable,
} from '@activescale/devkit';
import { API_USER, type ClusterBench } from '../../contract/api-cluster.ts';
import type { CliEnv } from './run-cli.ts';
import { endpoints, ingestPod, ingestService, recordsOf } from './sound-system.ts';

/** A sound system, for one fault after another. */
export interface System {
  readonly bench: ClusterBench;
  readonly admin: KubeClient;
  /** Names of the pods of the Deployment web in shop. */
  readonly web: readonly string[];
}

/** One thing that is wrong. The caller restores the mesh's ConfigMap and hpa/web. */
export interface Fault {
  readonly name: string;
  /** Which check must find it, by which code and in which words. */
  readonly check: string;
  readonly code: string;
  readonly problem: RegExp;
  /** More settings of doctor. */
  readonly env?: CliEnv;
  seed(system: System): Promise<unknown>;
  undo?(system: System): Promise<unknown>;
}

const SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const BETA1 = 'v1beta1.custom.metrics.k8s.io';
const RBAC = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
const HPA_CONTROLLER = 'system:controller:horizontal-pod-autoscaler';
export const SETTINGS = '/api/v1/namespaces/activescale/configmaps/activescale';

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

/** Sets a limit just above the memory in use, with room for the connections of doctor. */
async function fillValkey(system: System, policy: string): Promise<void> {
  const [facts] = await system.bench.store.servers();
  const limit = Math.round((facts?.info?.usedMemory ?? 0) / 0.93);
  await valkeyCommands(system, `CONFIG SET maxmemory-policy ${policy}`, `CONFIG SET maxmemory ${limit}`);
}

async function emptyValkey(system: System): Promise<void> {
  await valkeyCommands(system, 'CONFIG SET maxmemory 0', 'CONFIG SET maxmemory-policy noeviction');
  await system.bench.put(...recordsOf(system.web));
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'an APIService is missing',
    check: 'APIServices',
    code: 'ASC101',
    problem: /does not exist/,
    seed: ({ admin }) => admin.delete(`${SERVICES}/${BETA1}`),
    undo: async (system) => {
      await register(system);
      await availableIs(system, true);
    },
  },
  {
    name: 'an APIService has no reachable server',
    check: 'APIServices',
    code: 'ASC103',
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
    name: 'api serves external metrics and no APIService leads to them',
    check: 'APIServices',
    code: 'ASC101',
    problem: /does not exist/,
    seed: ({ admin }) => admin.patch(SETTINGS, { data: { EXTERNAL_METRICS: 'true' } }),
    undo: ({ admin }) => admin.patch(SETTINGS, { data: { EXTERNAL_METRICS: null } }),
  },
  {
    name: 'another adapter has the group',
    check: 'APIServices',
    code: 'ASC102',
    problem: /belongs to the Service adapter in monitoring/,
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
    code: 'ASC602',
    problem: /caBundle does not verify the served certificate/,
    seed: async (system) => register(system, (await createAuthority('other')).cert),
    undo: (system) => register(system),
  },
  {
    name: 'nothing is verified',
    check: 'APIServices',
    code: 'ASC604',
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
    name: 'an APIService has no authority to verify api with',
    check: 'APIServices',
    code: 'ASC601',
    problem: /^it has no caBundle$/,
    async seed({ admin }) {
      await admin.patch(`${SERVICES}/${BETA1}`, { spec: { caBundle: null } });
    },
    undo: (system) => register(system),
  },
  {
    name: 'api may not see pods',
    check: 'access',
    code: 'ASC611',
    problem: /may not list pods/,
    seed: ({ admin }) => admin.delete(`${RBAC}/activescale-api`),
    undo: ({ admin }) => grantApi(admin, API_USER),
  },
  {
    name: 'api may not ask who somebody is',
    check: 'access',
    code: 'ASC611',
    problem: /may not create tokenreviews/,
    seed: ({ admin }) => admin.delete(`${RBAC}/activescale-api-delegation`),
    undo: ({ admin }) => grantApi(admin, API_USER),
  },
  {
    name: 'the HPA controller may not read metrics',
    check: 'access',
    code: 'ASC612',
    problem: /may not get pods\/active_requests\.custom\.metrics\.k8s\.io/,
    seed: ({ admin }) => admin.delete(`${RBAC}/${HPA_CONTROLLER}`),
    undo: ({ admin }) =>
      admin.apply(
        clusterRoleBinding(HPA_CONTROLLER, HPA_CONTROLLER, {
          kind: 'User',
          name: 'system:serviceaccount:kube-system:horizontal-pod-autoscaler',
        }),
      ),
  },
  {
    name: 'Valkey is not there',
    check: 'Valkey',
    code: 'ASC301',
    problem: /ECONNREFUSED/,
    env: { VALKEY_ADDR: '127.0.0.1:1' },
    seed: async () => {},
  },
  {
    name: 'Valkey evicts records',
    check: 'Valkey',
    code: 'ASC303',
    problem: /maxmemory-policy is allkeys-lru/,
    seed: (system) =>
      valkeyCommands(system, 'CONFIG SET maxmemory 100mb', 'CONFIG SET maxmemory-policy allkeys-lru'),
    undo: (system) =>
      valkeyCommands(system, 'CONFIG SET maxmemory 0', 'CONFIG SET maxmemory-policy noeviction'),
  },
  {
    name: 'Valkey is nearly full and evicts records',
    check: 'Valkey',
    code: 'ASC302',
    problem: /maxmemory-policy is allkeys-lru: it evicts records .*\(9\d % of maxmemory is used\)$/,
    seed: (system) => fillValkey(system, 'allkeys-lru'),
    undo: emptyValkey,
  },
  {
    name: 'Valkey is nearly full',
    check: 'Valkey',
    code: 'ASC304',
    problem: /^9\d % of maxmemory is used/,
    seed: (system) => fillValkey(system, 'noeviction'),
    undo: emptyValkey,
  },
  {
    name: 'Valkey is down, and records are read through api',
    check: 'records',
    code: 'ASC100',
    problem: /^records through api: .*503 the metrics store is unavailable$/,
    env: { VALKEY_ADDR: undefined },
    seed: async ({ bench }) => void bench.valkey.kill('SIGSTOP'),
    undo: async ({ bench }) => {
      bench.valkey.kill('SIGCONT');
      await until(() => bench.store.state === 'up', { what: 'Valkey to answer again', deadline: 30_000 });
    },
  },
  {
    name: 'ingest has no Service',
    check: 'ingest',
    code: 'ASC201',
    problem: /it does not exist/,
    seed: ({ admin }) => admin.delete('/api/v1/namespaces/activescale/services/activescale-ingest'),
    undo: ({ admin }) => admin.apply(ingestService()),
  },
  {
    name: 'nobody takes what is pushed',
    check: 'ingest',
    code: 'ASC202',
    problem: /no ready endpoint/,
    seed: ({ admin }) =>
      admin.delete('/apis/discovery.k8s.io/v1/namespaces/activescale/endpointslices/activescale-ingest-1'),
    undo: ({ admin }) => admin.apply(endpoints()),
  },
  {
    name: 'ingest is in the mesh',
    check: 'ingest',
    code: 'ASC203',
    problem: /it is in the mesh/,
    seed: ({ admin }) => admin.apply(ingestPod('ingest-1', ['ingest', 'istio-proxy'])),
    undo: ({ admin }) => admin.delete('/api/v1/namespaces/activescale/pods/ingest-1?gracePeriodSeconds=0'),
  },
  {
    name: 'ingest proves addresses and api does not ask for them',
    check: 'peer check',
    code: 'ASC204',
    problem: /ingest stores records by address/,
    seed: ({ admin }) => admin.patch(SETTINGS, { data: { PEER_CHECK: 'address' } }),
    undo: ({ admin }) => admin.patch(SETTINGS, { data: { PEER_CHECK: null } }),
  },
  {
    name: 'api asks for proved addresses and ingest keeps records by name',
    check: 'peer check',
    code: 'ASC204',
    problem: /api reads records by address/,
    seed: ({ admin }) => admin.patch(SETTINGS, { data: { VERIFY_POD_IP: 'true' } }),
    undo: ({ admin }) => admin.patch(SETTINGS, { data: { VERIFY_POD_IP: null } }),
  },
];
