import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Process, start } from '../process/start.ts';
import { until } from '../process/until.ts';
import { envoyBinary } from '../tools/servers.ts';
import { bootstrap, type Served, servedByOptions } from './bootstrap.ts';
import { type EnvoyOptions, INBOUND } from './options.ts';

export interface Envoy extends AsyncDisposable {
  /** Port of the first listener. */
  readonly port: number;
  /** Ports of all listeners, by stat prefix. */
  readonly ports: Readonly<Record<string, number>>;
  readonly adminPort: number;
  readonly pid: number;
  logs(): string;
  /** Sends a signal: SIGKILL unless another is named. */
  kill(signal?: NodeJS.Signals): void;
  /** Ends it; it flushes its stats once more. */
  stop(): Promise<void>;
}

/**
 * A real Envoy, with a bootstrap that looks like Istio's to the metrics service.
 * @param served its listeners and clusters, instead of those that the options describe
 */
export async function startEnvoy(
  options: EnvoyOptions,
  served: Served = servedByOptions(options),
): Promise<Envoy> {
  const binary = await envoyBinary();
  const folder = await mkdtemp(join(tmpdir(), 'envoy-'));
  try {
    const config = join(folder, 'bootstrap.json');
    const address = join(folder, 'admin');
    await writeFile(config, JSON.stringify(bootstrap(options, served)));
    const fixed = ['--disable-hot-restart', '--concurrency', '1', '--log-level', 'warning'];
    const merged = options.configYaml === undefined ? [] : ['--config-yaml', options.configYaml];
    const server = start({
      command: binary,
      args: [...fixed, '-c', config, ...merged, '--admin-address-path', address],
    });
    try {
      return await running(server, address, options.statPrefix ?? INBOUND);
    } catch (error) {
      await server.stop();
      throw new Error(`Envoy did not start:\n${server.logs().slice(-4000)}`, { cause: error });
    }
  } finally {
    await rm(folder, { recursive: true }); // Envoy has read them; this process may be killed later
  }
}

async function running(server: Process, addressFile: string, statPrefix: string): Promise<Envoy> {
  const ended = new AbortController();
  void server.exited.then((exit) => ended.abort(new Error(`Envoy ended: ${exit}`)));
  const listening = async () => {
    const [, port] = /:(\d+)$/.exec((await readFile(addressFile, 'utf8')).trim()) ?? [];
    if (!port) return undefined;
    const ready = await fetch(`http://127.0.0.1:${port}/ready`);
    return ready.ok && Number(port);
  };
  const options = { deadline: 30_000, what: 'Envoy to be ready', signal: ended.signal };
  const adminPort = await until(listening, options);
  const ports = await listenerPorts(adminPort);
  const port = ports[statPrefix];
  if (port === undefined) throw new Error(`Envoy has no listener ${statPrefix}`);
  const { pid, logs, kill } = server;
  const stop = async () => void (await server.stop());
  return { port, ports, adminPort, pid, logs, kill, stop, [Symbol.asyncDispose]: stop };
}

interface Listeners {
  listener_statuses: { name: string; local_address: { socket_address: { port_value: number } } }[];
}

async function listenerPorts(adminPort: number): Promise<Record<string, number>> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/listeners?format=json`);
  const { listener_statuses } = (await response.json()) as Listeners;
  return Object.fromEntries(
    listener_statuses.map(({ name, local_address }) => [name, local_address.socket_address.port_value]),
  );
}
