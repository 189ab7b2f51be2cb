import type { Process } from '../process/start.ts';

/** A server of the control plane that can be ended and started again, on its port and with its data. */
export interface Controlled {
  readonly pid: number;
  logs(): string;
  /** Sends a signal: SIGKILL unless another is named. */
  kill(signal?: NodeJS.Signals): void;
  stop(): Promise<void>;
  /** Ends it if it runs, starts it, and waits until it is ready. */
  restart(): Promise<void>;
}

/** Starts a server by `begin`, which gives it when it is ready. */
export async function controlled(begin: () => Promise<Process>): Promise<Controlled & AsyncDisposable> {
  let current = await begin();
  const stop = async () => void (await current.stop());
  return {
    get pid() {
      return current.pid;
    },
    logs: () => current.logs(),
    kill: (signal) => current.kill(signal),
    stop,
    restart: async () => {
      await current.stop();
      current = await begin();
    },
    [Symbol.asyncDispose]: stop,
  };
}
