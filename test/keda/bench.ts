import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Api,
  type Authority,
  createAuthority,
  deployment,
  EXTERNAL_METRICS,
  freePort,
  type Gateway,
  type Ingest,
  KEDA_METRICS_SERVICE,
  type Keda,
  type KubeObject,
  registerApi,
  startApi,
  startGateway,
  startIngest,
  startKeda,
  startUpstream,
  until,
} from '@activescale/devkit';
import { API_USER, type ClusterBench } from '../contract/api-cluster.ts';
import { followStory, type Story } from '../e2e/hpa/story.ts';
import { serviceOf, startZeroBench } from '../e2e/hpa/zero-bench.ts';
import { overlayWith, root } from '../manifests/overlays.ts';

/** KEDA, api as its external scaler over mTLS, and a gateway Envoy that reports the demand for some Services. */
export interface KedaBench extends AsyncDisposable {
  readonly bench: ClusterBench;
  readonly ingest: Ingest;
  readonly keda: Keda;
  readonly gateway: Gateway;
  /** Of the servers behind the gateway. */
  readonly upstreamPort: number;
  /** api, or the one that has replaced it. */
  api(): Api;
  /** Kills api and starts another one, with its settings. */
  replaceApi(): Promise<void>;
  /** Waits until the HPA of a workload has decided several times more. */
  keepsDeciding(name: string): Promise<void>;
  /**
   * A Deployment and its Service, scaled by an example, with the names of the example replaced and at the pace of a test.
   * @param example a file of deploy/examples, without .yaml
   */
  startWorkload(name: string, example: string, change?: Change): Promise<Story>;
}

/** What a test changes of an example. */
export interface Change {
  /** Default: SHOP. */
  readonly namespace?: string;
  /** Of the ScaledObject, a JSON merge patch. */
  readonly spec?: object;
}

export const SHOP = 'shop';
/** The `scalerAddress` of the examples: the Service and port of deploy/components/keda. */
const SCALER = 'activescale-api.activescale.svc:9443';
const METRIC_TTL = '4s';
/** Short, so that a test can wait for its end. */
const DEMAND_HOLD = '5s';
/** The HPA scales in by the highest recommendation of this time, in s. The examples leave it to the cluster. */
const STABILIZATION = 2;
/** Of a ScaledObject, in s. */
const PACE = { pollingInterval: 2, cooldownPeriod: 6 };

export interface KedaBenchOptions {
  /** Services behind the gateway, which have no endpoint at first. */
  readonly services: readonly string[];
  /** More settings of api. */
  readonly env?: Readonly<Record<string, string>>;
  /** Port and authority of KEDA's metrics server. */
  readonly metricsServer?: { readonly port: number; readonly authority: Authority };
}

export async function startKedaBench(options: KedaBenchOptions): Promise<KedaBench> {
  const { services, env = {}, metricsServer } = options;
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'keda-bench-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const clients = await createAuthority('activescale-client-ca');
  const KEDA_CLIENT_CA_FILE = join(folder, 'ca.crt');
  await writeFile(KEDA_CLIENT_CA_FILE, clients.cert);
  const settings = { DEMAND_HOLD, METRIC_TTL, KEDA_PORT: '0', KEDA_CLIENT_CA_FILE, ...env };
  const controllerManagerArgs = [`--horizontal-pod-autoscaler-downscale-stabilization=${STABILIZATION}s`];
  const zero = starting.use(await startZeroBench({ env: settings, controllerManagerArgs }));
  const { bench, gatewayPod } = zero;
  const { plane, valkey, certFile, keyFile } = bench;

  let api = bench.api;
  starting.defer(async () => void (await api.stop()));
  const ingest = starting.use(await startIngest({ VALKEY_ADDR: valkey.addr, METRIC_TTL }));
  const upstream = starting.use(await startUpstream());
  const keda = starting.use(
    await startKeda({
      plane,
      portOf: (address) => (address === SCALER ? api.kedaPort : undefined),
      securePort: metricsServer?.port ?? (await freePort()),
      ...(metricsServer && { credential: await servingOf(metricsServer.authority) }),
    }),
  );
  if (metricsServer === undefined) {
    const registration = { securePort: keda.securePort, caBundle: plane.ca.cert };
    await registerApi(plane.admin, {
      ...registration,
      versions: EXTERNAL_METRICS,
      service: KEDA_METRICS_SERVICE,
    });
  }
  for (const object of await authentication(plane.ca, clients)) await plane.admin.apply(object);
  const gateway = starting.use(
    await startGateway({
      pod: gatewayPod.name,
      namespace: gatewayPod.namespace,
      sinkPort: ingest.grpcPort,
      flush: '1s',
      destinations: services.map((name) => ({
        path: name,
        cluster: `outbound|80||${name}.${SHOP}.svc.cluster.local;`,
        endpoints: [],
      })),
    }),
  );
  const started = starting.move();
  return {
    bench,
    ingest,
    keda,
    gateway,
    upstreamPort: upstream.port,
    api: () => api,
    async replaceApi() {
      api.kill();
      await api.exited;
      api = await startApi({
        VALKEY_ADDR: valkey.addr,
        KUBECONFIG: await plane.kubeconfig({ name: API_USER }),
        TLS_CERT_FILE: certFile,
        TLS_KEY_FILE: keyFile,
        ...settings,
      });
    },
    keepsDeciding: zero.keepsDeciding,
    async startWorkload(name, example, { namespace = SHOP, spec = {} } = {}) {
      await plane.admin.apply(deployment(name, namespace, 1));
      await plane.admin.apply(serviceOf(name, namespace));
      const story = followStory(
        plane.admin,
        namespace,
        name,
        `keda-${namespace}-${name}.log`,
        `keda-hpa-${name}`,
      );
      const text = await readFile(join(root, `deploy/examples/${example}.yaml`), 'utf8');
      const file = join(folder, `${name}.yaml`);
      await writeFile(file, text.replaceAll(/\bweb$/gm, name));
      await plane.kubectl('apply', '--validate=strict', '--namespace', namespace, '--filename', file);
      await plane.admin.patch(scaledObjectPath(name, namespace), { spec: { ...PACE, ...spec } });
      return story;
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

export function scaledObjectPath(name: string, namespace = SHOP): string {
  return `/apis/keda.sh/v1alpha1/namespaces/${namespace}/scaledobjects/${name}`;
}

function servingOf(authority: Authority) {
  const name = `${KEDA_METRICS_SERVICE.name}.${KEDA_METRICS_SERVICE.namespace}.svc`;
  return authority.sign({ name, names: [name, 'localhost'], use: 'server' });
}

/** The objects that docs/keda.md creates in KEDA's namespace: the ClusterTriggerAuthentication, and those that it names. */
async function authentication(serving: Authority, clients: Authority): Promise<KubeObject[]> {
  const objects = await overlayWith('prod', 'keda', 'keda-mtls');
  const { cert, key } = await clients.sign({ name: 'keda-operator', use: 'client' });
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'activescale-ca', namespace: 'keda' },
      data: { 'ca.crt': serving.cert },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'activescale-client', namespace: 'keda' },
      stringData: { 'tls.crt': cert, 'tls.key': key },
    },
    ...objects.filter(({ kind }) => kind === 'ClusterTriggerAuthentication'),
  ];
}

/** The status of a request to a Service, through the gateway. */
export async function statusOf({ gateway }: KedaBench, service: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${gateway.port}/${service}/`)).status;
}

/** Sends requests until one gets this status. */
export async function answers(bench: KedaBench, service: string, status: number): Promise<void> {
  const ask = async () => (await statusOf(bench, service)) === status;
  await until(ask, { what: `the gateway to answer ${status}`, deadline: 30_000 });
}

/** The target in the HPA that KEDA keeps for a ScaledObject. */
export async function targetOf({ bench }: KedaBench, name: string): Promise<string | undefined> {
  const path = `/apis/autoscaling/v2/namespaces/${SHOP}/horizontalpodautoscalers/keda-hpa-${name}`;
  const { status, body } = await bench.plane.admin.request(path);
  if (status !== 200) return undefined;
  return JSON.parse(body).spec.metrics[0].external.target.averageValue;
}
