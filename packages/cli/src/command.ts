import type { ParseArgsOptionsConfig } from 'node:util';
import type { Output } from './output.ts';

/** The process as seen by a command. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: Output;
  /** From now on Ctrl-C (SIGINT) and SIGTERM abort the signal instead of ending the process. */
  interrupted(): AbortSignal;
}

export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Its usage, with its options. */
  readonly usage: string;
  /** The options that it accepts, also for shell completion. */
  readonly options: ParseArgsOptionsConfig;
  /** The words that may be its first argument, and the values of an option that has few, for shell completion. */
  readonly words?: readonly string[];
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  /** @returns the exit code: 0 success, 1 a finding */
  run(args: readonly string[], context: Context): Promise<number>;
}
