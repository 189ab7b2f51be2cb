import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type Balancer,
  freePort,
  start,
  startApi,
  startIngest,
  until,
  valkeyBinary,
} from '@activescale/devkit';
import { probe } from '../../e2e/admin.ts';
import { root } from '../../manifests/overlays.ts';
import type { Container, Prepared } from './pod.ts';

/** A container that stays. */
export interface Running {
  readonly port: number;
  stop(): Promise<unknown>;
  logs(): string;
}

/** What the Services of the chart are here: addresses before the containers. */
export interface Addresses {
  /** The Service of ingest. */
  readonly pushes: Balancer;
  /** The Service of api. */
  readonly queries: Balancer;
  readonly valkey: Balancer;
}

/** The program of an image, which is not in this machine's registry. */
export function programOf({ image }: Container): 'ingest' | 'api' | 'valkey' {
  const [, name] = /(ingest|api|valkey)[:@]/.exec(image) ?? [];
  if (name === undefined) throw new Error(`no program of the image ${image}`);
  return name as 'ingest' | 'api' | 'valkey';
}

/** Runs a task of api's image to its end, and gives its log; rejects with the log if it fails. */
export async function runTask({ env, command: [node, main = '', ...args] }: Prepared): Promise<string> {
  if (node !== 'node') throw new Error(`a task runs ${node}`);
  const options = { env: { PATH: process.env.PATH, ...env }, timeout: 150_000 };
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, main), ...args], options).catch(
    ({ stdout, stderr }) => Promise.reject(new Error(`${args[0]} failed: ${stdout}${stderr}`)),
  );
  return stdout;
}

/** Starts a service or Valkey, and waits until it is ready. Ports are free ones, and Valkey's name is its address here. */
export async function startProgram(
  program: 'ingest' | 'api' | 'valkey',
  { env, command: [server, ...args] }: Prepared,
  { valkey }: Addresses,
): Promise<Running> {
  if (program === 'valkey') {
    if (server !== 'valkey-server') throw new Error(`Valkey's image runs ${server}`);
    const port = await freePort();
    const own = args.map((each, i) => (args[i - 1] === '--port' ? String(port) : each));
    const process = start({ command: await valkeyBinary(), args: [...own, '--bind', '127.0.0.1'] });
    await process.line((line) => line.includes('Ready to accept connections') || undefined, 'it listened');
    return { port, stop: process.stop, logs: process.logs };
  }
  if (env.VALKEY_ADDR !== 'valkey:6379') throw new Error(`VALKEY_ADDR is ${env.VALKEY_ADDR}`);
  const settings = { ...env, VALKEY_ADDR: `127.0.0.1:${valkey.port}` };
  const service = program === 'ingest' ? await startIngest(settings) : await startApi(settings);
  await until(async () => (await probe(service, '/readyz')).status === 200, {
    what: `${program} to be ready`,
    deadline: 60_000,
    every: 100,
  }).catch(async (cause) => {
    await service.stop();
    throw new Error(`${cause.message}\n${service.logs().slice(-3000)}`, { cause });
  });
  const port = 'grpcPort' in service ? service.grpcPort : service.securePort;
  return { port, stop: service.stop, logs: service.logs };
}
