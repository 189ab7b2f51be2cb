import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Api,
  type ControlPlane,
  type Ingest,
  type KubeObject,
  runPods,
  startApi,
  startIngest,
  startValkey,
  until,
  type Valkey,
} from '@activescale/devkit';
import { runJob } from '../manifests/jobs.ts';

/** What runs of an overlay: its pods' processes, on this machine. */
export interface Installed extends AsyncDisposable {
  readonly valkey: Valkey;
  readonly ingest: Ingest;
  readonly api: Api;
}

const NAMESPACE = 'activescale';
const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';

/**
 * Does what nodes would do once an overlay with `valkey` and `self-signed` has been applied: runs its jobs and services,
 * as processes, by their accounts, and says that the pods run. kube-apiserver finds api by a Service without pods.
 * @param env more settings of api
 */
export async function runInstalled(
  plane: ControlPlane,
  overlay: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Installed> {
  await using starting = new AsyncDisposableStack();
  const { admin } = plane;
  const jobs = await plane.serviceAccountKubeconfig(NAMESPACE, 'activescale-certificates');
  await runJob(overlay, 'activescale-certificate', jobs);
  const ofValkey = await plane.serviceAccountKubeconfig(NAMESPACE, 'activescale-valkey-access');
  await runJob(overlay, 'activescale-valkey-access', ofValkey);
  const valkey = starting.use(await startValkey());
  const settings = { VALKEY_ADDR: valkey.addr };
  const ingest = starting.use(await startIngest(settings));
  const folder = await mkdtemp(join(tmpdir(), 'installed-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const api = starting.use(
    await startApi({
      ...settings,
      ...env,
      ...(await certificateFiles(plane, folder)),
      KUBECONFIG: await plane.serviceAccountKubeconfig(NAMESPACE, 'activescale-api'),
    }),
  );
  await admin.patch(`/api/v1/namespaces/${NAMESPACE}/services/activescale-api`, {
    spec: { type: 'ExternalName', externalName: 'localhost', clusterIP: null, clusterIPs: null },
  });
  for (const { metadata, spec } of await admin.list<ApiService>(API_SERVICES)) {
    if (spec.service?.namespace !== NAMESPACE) continue;
    const service = { port: api.securePort };
    await admin.patch(`${API_SERVICES}/${metadata.name}`, { spec: { service } });
  }
  await runJob(overlay, 'activescale-ca-bundle', jobs);
  const ready = async () => {
    await runPods(admin, { namespace: NAMESPACE });
    const all = await admin.list<Deployment>(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments`);
    return all.every(({ spec, status }) => (status?.readyReplicas ?? 0) === spec.replicas);
  };
  await until(ready, { what: 'the pods of the overlay', deadline: 60_000, every: 200 });
  const started = starting.move();
  return { valkey, ingest, api, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

interface ApiService extends KubeObject {
  spec: { service?: { namespace: string } };
}

interface Deployment extends KubeObject {
  spec: { replicas: number };
  status?: { readyReplicas?: number };
}

interface Secret extends KubeObject {
  data: Readonly<Record<string, string>>;
}

async function certificateFiles(plane: ControlPlane, folder: string) {
  const path = `/api/v1/namespaces/${NAMESPACE}/secrets/activescale-api-tls`;
  const { data } = await plane.admin.get<Secret>(path);
  const file = async (key: string) => {
    await writeFile(join(folder, key), Buffer.from(data[key] ?? '', 'base64'));
    return join(folder, key);
  };
  return { TLS_CERT_FILE: await file('tls.crt'), TLS_KEY_FILE: await file('tls.key') };
}
