import { join } from 'node:path';
import { type Exit, type Process, start } from './process/start.ts';

type Env = Readonly<Record<string, string | undefined>>;

interface Service extends AsyncDisposable {
  readonly adminPort: number;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  logs(): string;
  /** The first value that `pick` gives for a line of its log, from its start on. */
  line: Process['line'];
  /** Sends a signal: SIGKILL unless another is named. */
  kill(signal?: NodeJS.Signals): void;
  /** SIGTERM, and its exit. */
  stop(): Promise<Exit>;
}

export interface Ingest extends Service {
  readonly grpcPort: number;
}

export interface Api extends Service {
  readonly securePort: number;
  /** Of the external scaler for KEDA. Throws if KEDA_PORT is off. */
  readonly kedaPort: number;
}

/** V8's flags, as the Dockerfile has them: docs/benchmarks.md says what they are for. */
export const V8_FLAGS: readonly string[] = [
  '--heap-growing-percent=150',
  '--max-semi-space-size=12',
  '--no-allocation-site-pretenuring',
  '--external-memory-accounted-in-global-limit',
];

/** The checkout whose services are started. */
const THIS_CHECKOUT = join(import.meta.dirname, '../../..');

/**
 * services/ingest on free ports of 127.0.0.1; `env` holds its settings, VALKEY_ADDR at least.
 * @param root the checkout that it is of
 */
export async function startIngest(env: Env = {}, root = THIS_CHECKOUT): Promise<Ingest> {
  const { service, listening } = await startService(root, 'ingest', { GRPC_PORT: '0', ...env });
  return { ...service, grpcPort: port(listening, 'grpcPort') };
}

/**
 * services/api on free ports of 127.0.0.1; `env` holds its settings: VALKEY_ADDR, and STANDALONE or KUBECONFIG.
 * @param root the checkout that it is of
 */
export async function startApi(env: Env = {}, root = THIS_CHECKOUT): Promise<Api> {
  const { service, listening } = await startService(root, 'api', { SECURE_PORT: '0', ...env });
  return {
    ...service,
    securePort: port(listening, 'securePort'),
    get kedaPort() {
      return port(listening, 'kedaPort');
    },
  };
}

type LogLine = Readonly<Record<string, unknown>>;

async function startService(root: string, name: string, env: Env) {
  const main = join(root, 'services', name, 'src/main.ts');
  const server = start({
    command: process.execPath,
    args: [...V8_FLAGS, main],
    env: { LISTEN_HOST: '127.0.0.1', ADMIN_PORT: '0', ...env },
  });
  const listening = await server.line(listeningLine, `${name} listened`);
  const { pid, exited, logs, line, kill, stop } = server;
  const dispose = async () => void (await stop());
  const adminPort = port(listening, 'adminPort');
  return {
    service: { adminPort, pid, exited, logs, line, kill, stop, [Symbol.asyncDispose]: dispose },
    listening,
  };
}

/** The JSON line by which a service tells the ports that it was given as 0. */
function listeningLine(line: string): LogLine | undefined {
  if (!line.startsWith('{')) return undefined;
  const fields = JSON.parse(line) as LogLine;
  return fields.msg === 'listening' ? fields : undefined;
}

function port(line: LogLine, field: string): number {
  const value = line[field];
  if (typeof value === 'number') return value;
  throw new Error(`the line "listening" has no ${field}: ${JSON.stringify(line)}`);
}
