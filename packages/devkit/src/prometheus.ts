import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './process/free-port.ts';
import { start } from './process/start.ts';
import { prometheusBinary } from './tools/prometheus.ts';

export interface Prometheus extends AsyncDisposable {
  readonly url: string;
  /** What an expression gives now: a series for each element, its value as Prometheus writes it. */
  query(expression: string): Promise<Series[]>;
  /** Health of each of its targets: `up`, `down` or `unknown`. */
  health(): Promise<readonly string[]>;
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** s since the epoch, and the value. */
  readonly value: readonly [time: number, value: string];
}

export interface ScrapeJob {
  /** Value of the label `job`. */
  readonly name: string;
  readonly path: string;
  readonly honorLabels: boolean;
  readonly targets: readonly ScrapeTarget[];
  /** undefined: over plain HTTP. */
  readonly tls?: ScrapeTls;
}

/** PEM files, and the name in the certificate of the target. */
export interface ScrapeTls {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly serverName: string;
}

export interface ScrapeTarget {
  /** On this machine. */
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** A real Prometheus on 127.0.0.1 that scrapes the jobs once a second. */
export async function startPrometheus(jobs: readonly ScrapeJob[]): Promise<Prometheus> {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const config = join(folder, 'prometheus.json'); // which is YAML too
  await writeFile(config, JSON.stringify(configOf(jobs)));
  const port = await freePort();
  const server = starting.use(
    start({
      command: await prometheusBinary(),
      args: [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
    }),
  );
  await server.line((line) => line.includes('ready to receive web requests') || undefined, 'it was ready');
  const url = `http://127.0.0.1:${port}`;
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}/api/v1/${path}`);
    const body = (await response.json()) as { status: string; data: unknown; error?: string };
    if (body.status !== 'success') throw new Error(`Prometheus says ${response.status}: ${body.error}`);
    return body.data;
  };
  const started = starting.move();
  return {
    url,
    async query(expression) {
      const data = await get(`query?query=${encodeURIComponent(expression)}`);
      return (data as { result: Series[] }).result;
    },
    async health() {
      const { activeTargets } = (await get('targets')) as { activeTargets: { health: string }[] };
      return activeTargets.map(({ health }) => health);
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

function configOf(jobs: readonly ScrapeJob[]): object {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: jobs.map(({ name, path, honorLabels, targets, tls }) => ({
      job_name: name,
      metrics_path: path,
      honor_labels: honorLabels,
      ...(tls && {
        scheme: 'https',
        tls_config: {
          ca_file: tls.caFile,
          cert_file: tls.certFile,
          key_file: tls.keyFile,
          server_name: tls.serverName,
        },
      }),
      static_configs: targets.map(({ port, labels }) => ({ targets: [`127.0.0.1:${port}`], labels })),
    })),
  };
}
