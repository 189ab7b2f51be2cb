import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a process ended: its exit code, or the signal that ended it. */
export type Exit = number | NodeJS.Signals;

export interface Process extends AsyncDisposable {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** What it has written to stdout and stderr so far (the last 4 MB). */
  logs(): string;
  /** Sends a signal, SIGKILL unless another is named. */
  kill(signal?: NodeJS.Signals): void;
  /** The first value that `pick` gives for a line it wrote, from its start on. Fails when it ends before that. */
  line<T>(pick: (line: string) => T | undefined, what: string): Promise<T>;
  /** Asks it to end by SIGTERM, and makes it after `grace`. */
  stop(): Promise<Exit>;
}

export interface StartOptions {
  command: string;
  args: readonly string[];
  /** Added to this process's environment; undefined removes a variable. */
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  /** ms from SIGTERM to SIGKILL when it is stopped. */
  grace?: number;
}

const LOG_LIMIT = 4_000_000;

/**
 * The tether: a shell that becomes the server, and before that leaves a watcher behind, which reads from a pipe
 * that only the owner holds. A line there means that the server has ended; the end of the pipe without one, that
 * the owner is gone, even by SIGKILL: then the watcher kills the server and all it started.
 */
const tether = `exec 3<&0 </dev/null
{ read -r _ <&3 || kill -s KILL -- -$$; } >/dev/null 2>&1 &
exec "$@" 3<&-`;

/**
 * Starts a server that ends with this process. It gets its own process group, so that a terminal's Ctrl-C
 * does not reach it before its owner has closed what depends on it.
 */
export function start({ command, args, env, cwd, grace = 10_000 }: StartOptions): Process {
  const child = spawn('/bin/sh', ['-c', tether, 'tether', command, ...args], {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${command}: there is no /bin/sh`);
  const output = collect([child.stdout, child.stderr]);
  child.stdin.on('error', () => {}); // the watcher may be gone already
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let running = true;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      running = false;
      child.stdin.end('ended\n');
      resolve(code ?? signal ?? 'SIGKILL');
    });
  });
  const kill = (signal: NodeJS.Signals = 'SIGKILL') => {
    if (running) process.kill(pid, signal);
  };
  const stop = async () => {
    kill('SIGTERM');
    kill('SIGCONT'); // a server that a test has frozen would not hear
    const patience = new AbortController();
    const late = sleep(grace, undefined, { signal: patience.signal, ref: false }).then(
      () => kill('SIGKILL'),
      () => {},
    );
    const exit = await exited;
    patience.abort();
    await late;
    return exit;
  };
  const line = <T>(pick: (line: string) => T | undefined, what: string) => {
    const ended = exited.then(async (exit): Promise<never> => {
      // Its last words may still be in the pipe; what it has started may hold that pipe open.
      await Promise.race([closed, sleep(1_000, undefined, { ref: false })]);
      throw new Error(`${command} ended (${exit}) before ${what}:\n${output.text().slice(-4000)}`);
    });
    return Promise.race([output.line(pick), ended]);
  };
  return {
    pid,
    exited,
    kill,
    stop,
    line,
    logs: output.text,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

/** Keeps the lines of some streams in the order of their arrival. */
function collect(streams: readonly Readable[]) {
  let lines: string[] = [];
  let size = 0;
  const listeners = new Set<(line: string) => void>();
  const add = (line: string) => {
    lines.push(line);
    size += line.length;
    if (size > LOG_LIMIT) {
      lines = lines.slice(lines.length / 2);
      size = lines.reduce((sum, each) => sum + each.length, 0);
    }
    for (const listener of listeners) listener(line);
  };
  for (const input of streams) createInterface({ input }).on('line', add);

  const text = () => lines.join('\n');
  const line = <T>(pick: (line: string) => T | undefined) =>
    new Promise<T>((resolve) => {
      const listener = (text: string) => {
        const value = pick(text);
        if (value === undefined) return;
        listeners.delete(listener);
        resolve(value);
      };
      listeners.add(listener);
      for (const text of [...lines]) if (listeners.has(listener)) listener(text);
    });
  return { text, line };
}
