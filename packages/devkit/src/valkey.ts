import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './process/free-port.ts';
import { type Process, start } from './process/start.ts';
import { run } from './tools/run.ts';
import { valkeyBinary } from './tools/servers.ts';

export interface Valkey extends AsyncDisposable {
  readonly port: number;
  /** host:port, as VALKEY_ADDR has it. */
  readonly addr: string;
  readonly pid: number;
  logs(): string;
  /** Sends a signal: SIGKILL unless another is named; SIGSTOP and SIGCONT freeze and thaw it. */
  kill(signal?: NodeJS.Signals): void;
  /**
   * From now on none of its files grows beyond this number of bytes, as on a full disk; undefined: no limit.
   * By `prlimit` of util-linux, so on Linux only.
   */
  limitFiles(bytes?: number): Promise<void>;
  stop(): Promise<void>;
  /** Ends it if it runs and starts it again, empty, on the same port. */
  restart(): Promise<void>;
}

interface ValkeyOptions {
  /** More command line arguments, e.g. `['--requirepass', 'secret']`. */
  args?: readonly string[];
}

/**
 * A real valkey-server that saves nothing. A replica writes what its primary sends to a file nevertheless, so each server
 * has a folder: one that started in a folder with another's file would load it.
 */
export async function startValkey({ args = [] }: ValkeyOptions = {}): Promise<Valkey> {
  const binary = await valkeyBinary();
  let folder = createFolder();
  const begin = (port: number) => listen(binary, port, ['--dir', folder, ...args]);
  const { port, server } = await onFreePort(begin);
  let current = server;
  const stop = async () => {
    await current.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    port,
    addr: `127.0.0.1:${port}`,
    get pid() {
      return current.pid;
    },
    logs: () => current.logs(),
    kill: (signal) => current.kill(signal),
    limitFiles: async (bytes) => {
      await run('prlimit', ['--pid', String(current.pid), `--fsize=${bytes ?? 'unlimited'}:unlimited`]);
    },
    stop,
    restart: async () => {
      await stop();
      folder = createFolder();
      current = await begin(port);
    },
    [Symbol.asyncDispose]: stop,
  };
}

function createFolder(): string {
  return mkdtempSync(join(tmpdir(), 'valkey-'));
}

/** Without the signal a write beyond the limit of `limitFiles` fails, as on a full disk, and ends nothing. */
const WITHOUT_SIGXFSZ = `trap '' XFSZ; exec "$@"`;

async function listen(binary: string, port: number, args: readonly string[]): Promise<Process> {
  const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = start({
    command: '/bin/sh',
    args: ['-c', WITHOUT_SIGXFSZ, 'valkey', binary, ...fixed, ...args],
  });
  await server.line((line) => line.includes('Ready to accept connections') || undefined, 'it listened');
  return server;
}

/** Another process may take the port between the look and the bind. */
async function onFreePort(
  listenOn: (port: number) => Promise<Process>,
): Promise<{ port: number; server: Process }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return { port, server: await listenOn(port) };
    } catch (error) {
      const clash = error instanceof Error && error.message.includes('in use');
      if (!clash || attempt === 5) throw error;
    }
  }
}
