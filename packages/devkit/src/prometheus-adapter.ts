import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlPlane } from './control-plane/control-plane.ts';
import type { Credential } from './pki.ts';
import { freePort } from './process/free-port.ts';
import { type Exit, start } from './process/start.ts';
import { prometheusAdapterBinary } from './tools/prometheus.ts';

export interface PrometheusAdapter extends AsyncDisposable {
  readonly securePort: number;
  logs(): string;
  /** Sends a signal: SIGKILL unless another is named. */
  kill(signal?: NodeJS.Signals): void;
  stop(): Promise<Exit>;
}

export interface PrometheusAdapterOptions {
  readonly plane: Pick<ControlPlane, 'kubeconfig'>;
  /** The serving certificate. */
  readonly credential: Credential;
  /** The Prometheus that it queries. */
  readonly url: string;
  /** Its configuration: `rules`, `externalRules` (docs/config.md of prometheus-adapter). */
  readonly config: object;
  /** Default: a free port. */
  readonly securePort?: number;
}

/** A real prometheus-adapter on 127.0.0.1, with the admin's rights in the cluster. It lists series every second. */
export async function startPrometheusAdapter(options: PrometheusAdapterOptions): Promise<PrometheusAdapter> {
  await using starting = new AsyncDisposableStack();
  const { plane, credential, url, config, securePort = await freePort() } = options;
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-adapter-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const write = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const kubeconfig = await plane.kubeconfig();
  const server = starting.use(
    start({
      command: await prometheusAdapterBinary(),
      args: [
        `--config=${await write('config.json', JSON.stringify(config))}`, // which is YAML too
        `--prometheus-url=${url}`,
        '--metrics-relist-interval=1s',
        '--metrics-max-age=1m',
        '--bind-address=127.0.0.1',
        `--secure-port=${securePort}`,
        `--tls-cert-file=${await write('tls.crt', credential.cert)}`,
        `--tls-private-key-file=${await write('tls.key', credential.key)}`,
        ...['lister', 'authentication', 'authorization'].map((use) => `--${use}-kubeconfig=${kubeconfig}`),
      ],
      grace: 2_000,
    }),
  );
  await server.line((line) => line.includes('Serving securely on') || undefined, 'it served');
  const started = starting.move();
  const { logs, kill, stop } = server;
  return { securePort, logs, kill, stop, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
