import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Api,
  apiCredential,
  type ControlPlane,
  type Credential,
  CUSTOM_METRICS,
  createAuthority,
  createKubeClient,
  EXTERNAL_METRICS,
  freePort,
  type KubeClient,
  type PrometheusAdapter,
  registerApi,
  startApi,
  startPrometheus,
  startPrometheusAdapter,
  startValkey,
} from '@activescale/devkit';
import { recordOf, type StoredPod } from '../contract/api.ts';
import { openStore } from '../contract/open-store.ts';
import { RESOLVES_SERVICES } from '../contract/other-adapter.ts';
import { startWithAccounts } from '../manifests/accounts.ts';

/** api in a cluster, with a real prometheus-adapter behind it for both groups. */
export interface FallThroughBench extends AsyncDisposable {
  readonly plane: ControlPlane;
  readonly api: Api;
  /** Values of series that Prometheus scrapes: `queue_length{namespace="shop",pod="worker-1"}`. */
  readonly series: Map<string, number>;
  put(...pods: readonly StoredPod[]): Promise<void>;
  /** A client that goes to api itself, past kube-apiserver. */
  direct(credential: Credential): KubeClient;
  readonly adapter: PrometheusAdapter;
  /** Starts another prometheus-adapter on the same port. */
  restartAdapter(): Promise<void>;
}

const HOST = 'prometheus-adapter.monitoring.svc';
/** The rights that the components grant to api's service account. */
const COMPONENTS = ['external-metrics', 'fall-through', 'fall-through-external'];
const CONTROLLERS = ['namespace-controller', 'garbage-collector-controller'];

export async function startFallThroughBench(): Promise<FallThroughBench> {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'fall-through-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const plane = starting.use(await startWithAccounts('qa', { controllers: CONTROLLERS }, COMPONENTS));
  const valkey = starting.use(await startValkey());

  const series = new Map<string, number>();
  const exporter = createServer((_, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end([...series].map(([name, value]) => `${name} ${value}\n`).join(''));
  }).listen(0, '127.0.0.1');
  await once(exporter, 'listening');
  starting.defer(() => {
    exporter.close();
    exporter.closeAllConnections();
  });
  const target = { port: (exporter.address() as AddressInfo).port, labels: {} };
  const { url } = starting.use(
    await startPrometheus([{ name: 'queues', path: '/metrics', honorLabels: true, targets: [target] }]),
  );

  const authority = await createAuthority('of the adapter');
  const securePort = await freePort();
  const serving = await authority.sign({ name: HOST, names: [HOST], use: 'server' });
  const startAdapter = () =>
    startPrometheusAdapter({ plane, credential: serving, url, config: CONFIG, securePort });
  let adapter = await startAdapter();
  starting.defer(async () => void (await adapter.stop()));

  const { cert, key } = await apiCredential(plane.ca);
  const backend = `monitoring/prometheus-adapter:${securePort}`;
  const caFile = await write('adapter-ca.crt', authority.cert);
  const api = starting.use(
    await startApi({
      ...RESOLVES_SERVICES,
      VALKEY_ADDR: valkey.addr,
      KUBECONFIG: await plane.serviceAccountKubeconfig('activescale', 'activescale-api'),
      TLS_CERT_FILE: await write('tls.crt', cert),
      TLS_KEY_FILE: await write('tls.key', key),
      EXTERNAL_METRICS: 'true',
      FALLTHROUGH_CUSTOM: backend,
      FALLTHROUGH_CUSTOM_CA_FILE: caFile,
      FALLTHROUGH_EXTERNAL: backend,
      FALLTHROUGH_EXTERNAL_CA_FILE: caFile,
    }),
  );
  const versions = [...CUSTOM_METRICS, ...EXTERNAL_METRICS];
  await registerApi(plane.admin, { securePort: api.securePort, caBundle: plane.ca.cert, versions });

  const store = starting.use(await openStore(valkey));
  const clients = starting.use(new DisposableStack());
  const started = starting.move();
  return {
    plane,
    api,
    series,
    async put(...pods) {
      const now = Math.floor(store.clock.now() ?? 0);
      await store.write(pods.map((pod) => recordOf(pod, now)));
    },
    direct(user) {
      const server = { host: '127.0.0.1', port: api.securePort, ca: plane.ca.cert, servername: 'localhost' };
      return clients.use(createKubeClient(server, user));
    },
    get adapter() {
      return adapter;
    },
    async restartAdapter() {
      await adapter.stop();
      adapter = await startAdapter();
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

const rule = (seriesQuery: string) => ({
  seriesQuery,
  resources: { overrides: { namespace: { resource: 'namespace' }, pod: { resource: 'pod' } } },
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)',
});

const CONFIG = {
  rules: [rule('queue_length{namespace!="",pod!=""}')],
  externalRules: [rule('jobs_waiting{namespace!=""}')],
};
