import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceName } from '../control-plane/api-service.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { installCrds } from '../control-plane/crds.ts';
import { startTunnel } from '../net/tunnel.ts';
import type { Authority, Credential } from '../pki.ts';
import { freePort } from '../process/free-port.ts';
import { type Process, start } from '../process/start.ts';
import { kedaManifests, kedaMetricsAdapterBinary, kedaOperatorBinary } from './programs.ts';

/** KEDA's operator and its server of external metrics. */
export interface Keda extends AsyncDisposable {
  /** The port of external.metrics.k8s.io. */
  readonly securePort: number;
  /** What the operator has logged, as JSON lines. */
  logs(): string;
}

export interface KedaOptions {
  readonly plane: ControlPlane;
  /** Port and certificate of external.metrics.k8s.io. Default: a free port, a certificate by the cluster's authority. */
  readonly securePort?: number;
  readonly credential?: Credential;
  /** The port on this machine of a `host:port` in the cluster, such as the address of a scaler. */
  readonly portOf: (address: string) => number | undefined;
}

/** The Service of the server of external metrics, as KEDA's Helm chart names it. */
export const KEDA_METRICS_SERVICE: ServiceName = {
  name: 'keda-operator-metrics-apiserver',
  namespace: 'keda',
};

/**
 * Installs KEDA's kinds and the rights of its service account, and starts its two servers with that account on free ports.
 * The operator finds names of the cluster by `portOf`. The metrics server is not registered: registerApi does that.
 */
export async function startKeda(options: KedaOptions): Promise<Keda> {
  await using starting = new AsyncDisposableStack();
  const { plane, portOf, securePort = await freePort() } = options;
  const folder = await mkdtemp(join(tmpdir(), 'keda-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  await installCrds(plane.admin, 'keda');
  const { account } = await kedaManifests();
  await plane.kubectl('apply', ...account.map((file) => `--filename=${file}`));
  const tunnel = starting.use(await startTunnel(portOf));
  const kubeconfig = await plane.serviceAccountKubeconfig('keda', 'keda-operator');
  const env = {
    KUBECONFIG: kubeconfig,
    POD_NAMESPACE: 'keda',
    KEDA_CLUSTER_OBJECT_NAMESPACE: 'keda',
    WATCH_NAMESPACE: '', // all
    HTTPS_PROXY: tunnel.url, // which gRPC and Go's HTTP use, except for loopback
    NO_PROXY: undefined,
    no_proxy: undefined,
  };
  const internalPort = await freePort();
  const operator = starting.use(
    start({
      command: await kedaOperatorBinary(),
      args: [
        '--metrics-bind-address=0',
        '--health-probe-bind-address=0',
        `--metrics-service-bind-address=127.0.0.1:${internalPort}`,
        `--cert-dir=${await certificateFolder(folder, plane.ca, await credentialOf(plane.ca, 'server'))}`,
        '--ca-dir=/nonexistent',
      ],
      env,
      grace: 5_000,
    }),
  );
  await scales(operator);
  const credential = options.credential ?? (await credentialOf(plane.ca, 'server'));
  const serving = await certificateFolder(folder, plane.ca, credential);
  const metricsServer = starting.use(
    start({
      command: await kedaMetricsAdapterBinary(),
      args: [
        '--bind-address=127.0.0.1',
        `--secure-port=${securePort}`,
        `--tls-cert-file=${serving}/tls.crt`,
        `--tls-private-key-file=${serving}/tls.key`,
        `--cert-dir=${await certificateFolder(folder, plane.ca, await credentialOf(plane.ca, 'client'))}`,
        `--metrics-service-address=127.0.0.1:${internalPort}`,
        '--port=0', // of its own metrics, on every address
        ...['lister', 'authentication', 'authorization'].map((use) => `--${use}-kubeconfig=${kubeconfig}`),
      ],
      env,
      grace: 5_000,
    }),
  );
  await metricsServer.line((line) => line.includes('Serving securely on') || undefined, 'it served');
  const started = starting.move();
  return { securePort, logs: operator.logs, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/** Waits until the operator reconciles ScaledObjects. */
async function scales(operator: Process): Promise<void> {
  const begins = (line: string) => /"Starting workers".*"controller":"scaledobject"/.test(line) || undefined;
  await operator.line(begins, 'it reconciled ScaledObjects');
}

function credentialOf(ca: Authority, use: 'client' | 'server'): Promise<Credential> {
  const service = `${KEDA_METRICS_SERVICE.name}.${KEDA_METRICS_SERVICE.namespace}.svc`;
  return ca.sign({ name: 'keda', names: [service, '127.0.0.1'], use });
}

/** A new folder with tls.crt, tls.key and ca.crt, as KEDA reads them (pkg/metricsservice/utils/tls.go). */
async function certificateFolder(parent: string, ca: Authority, { cert, key }: Credential): Promise<string> {
  const folder = await mkdtemp(join(parent, 'certificates-'));
  const files = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca.cert };
  for (const [file, text] of Object.entries(files))
    await writeFile(join(folder, file), text, { mode: 0o600 });
  return folder;
}
