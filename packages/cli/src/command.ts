import type { Output } from './output.ts';

/** What the process gives to a command. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: Output;
  /** From now on Ctrl-C aborts the signal and does not end the process. */
  interrupted(): AbortSignal;
}

export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** How it is called, with its own options. */
  readonly usage: string;
  /** @returns the exit code: 0 all is well, 1 something was found */
  run(args: readonly string[], context: Context): Promise<number>;
}
