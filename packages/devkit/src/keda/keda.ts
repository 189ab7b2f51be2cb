import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
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
  /** The port of external.metrics.k8s.io, whose certificate is by the cluster's authority, for KEDA_METRICS_SERVICE. */
  readonly securePort: number;
  /** What the operator has logged, as JSON lines. */
  logs(): string;
}

export interface KedaOptions {
  readonly plane: ControlPlane;
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
export async function startKeda({ plane, portOf }: KedaOptions): Promise<Keda> {
  await using starting = new AsyncDisposableStack();
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
        `--cert-dir=${await certificateFolder(folder, 'operator', 'server', plane.ca)}`,
        '--ca-dir=/nonexistent',
      ],
      env,
      grace: 5_000,
    }),
  );
  await scales(operator);
  const securePort = await freePort();
  const serving = await certificateFolder(folder, 'serving', 'server', plane.ca);
  const metricsServer = starting.use(
    start({
      command: await kedaMetricsAdapterBinary(),
      args: [
        '--bind-address=127.0.0.1',
        `--secure-port=${securePort}`,
        `--tls-cert-file=${serving}/tls.crt`,
        `--tls-private-key-file=${serving}/tls.key`,
        `--cert-dir=${await certificateFolder(folder, 'client', 'client', plane.ca)}`,
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

/** A folder with tls.crt, tls.key and ca.crt, as KEDA reads them (pkg/metricsservice/utils/tls.go). */
async function certificateFolder(
  parent: string,
  name: string,
  use: 'client' | 'server',
  ca: Authority,
): Promise<string> {
  const service = `${KEDA_METRICS_SERVICE.name}.${KEDA_METRICS_SERVICE.namespace}.svc`;
  const { cert, key }: Credential = await ca.sign({
    name: `keda-${name}`,
    names: [service, '127.0.0.1'],
    use,
  });
  const folder = join(parent, name);
  await mkdir(folder);
  const files = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca.cert };
  for (const [file, text] of Object.entries(files))
    await writeFile(join(folder, file), text, { mode: 0o600 });
  return folder;
}
