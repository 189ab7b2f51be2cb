import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Api,
  apiCredential,
  type ControlPlane,
  type ControlPlaneOptions,
  type Credential,
  CUSTOM_METRICS,
  createKubeClient,
  grantApi,
  type KubeClient,
  RECORDS_API,
  registerApi,
  startApi,
  startControlPlane,
  startValkey,
  until,
  type Valkey,
} from '@activescale/devkit';
import type { Store } from '@activescale/store';
import { recordOf, type StoredPod } from './api.ts';
import { openStore } from './open-store.ts';

/** The name under which api is known to the cluster, as its ServiceAccount would be. */
export const API_USER = 'system:serviceaccount:activescale:activescale-api';

/** api in a real cluster: behind the aggregator, on its own Valkey. */
export interface ClusterBench extends AsyncDisposable {
  readonly plane: ControlPlane;
  readonly valkey: Valkey;
  readonly store: Store;
  readonly api: Api;
  /** Files of the serving certificate, and where a new one is put. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Stores the pods; returns the time of "now" that their ages count from, ms by Valkey's clock. */
  put(...pods: readonly StoredPod[]): Promise<number>;
  /** A client that goes to api itself, past kube-apiserver. */
  direct(credential?: Credential): KubeClient;
}

export interface ClusterBenchOptions extends ControlPlaneOptions {
  readonly env?: Readonly<Record<string, string>>;
}

export async function startInCluster({
  env = {},
  ...options
}: ClusterBenchOptions = {}): Promise<ClusterBench> {
  await using starting = new AsyncDisposableStack();
  const valkey = starting.use(await startValkey());
  const plane = starting.use(await startControlPlane(options));
  const folder = await mkdtemp(join(tmpdir(), 'api-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const credential = await apiCredential(plane.ca);
  await writeFile(certFile, credential.cert);
  await writeFile(keyFile, credential.key);
  await grantApi(plane.admin, API_USER);
  const api = starting.use(
    await startApi({
      VALKEY_ADDR: valkey.addr,
      KUBECONFIG: await plane.kubeconfig({ name: API_USER }),
      TLS_CERT_FILE: certFile,
      TLS_KEY_FILE: keyFile,
      ...env,
    }),
  );
  const store = starting.use(await openStore(valkey));
  const versions = [...CUSTOM_METRICS, ...RECORDS_API];
  await registerApi(plane.admin, { securePort: api.securePort, caBundle: plane.ca.cert, versions });
  const clients = starting.use(new DisposableStack());
  const started = starting.move();
  return {
    plane,
    valkey,
    store,
    api,
    certFile,
    keyFile,
    async put(...pods) {
      const now = Math.floor(store.clock.now() ?? 0);
      const report = await store.write(pods.map((pod) => recordOf(pod, now)));
      if (report.written !== pods.length) throw new Error(`written: ${JSON.stringify(report)}`);
      return now;
    },
    direct(user) {
      const server = { host: '127.0.0.1', port: api.securePort, ca: plane.ca.cert, servername: 'localhost' };
      return clients.use(createKubeClient(server, user));
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Waits until all pods of a namespace are older than this time in ms: a record or slot that is older than its pod is another's. */
export async function podsOlderThan(
  { plane: { admin }, store }: Pick<ClusterBench, 'plane' | 'store'>,
  namespace: string,
  ms: number,
): Promise<void> {
  const old = async () => {
    const before = (store.clock.now() ?? 0) - ms;
    const pods = await admin.list<{ metadata: { creationTimestamp: string } }>(
      `/api/v1/namespaces/${namespace}/pods`,
    );
    // A creationTimestamp has whole seconds, cut off.
    return pods.every(({ metadata }) => Date.parse(metadata.creationTimestamp) + 1_000 < before);
  };
  const what = `the pods in ${namespace} to be older than ${ms} ms`;
  await until(old, { what, deadline: ms + 30_000, every: 100 });
}
