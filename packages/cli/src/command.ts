import type { ParseArgsOptionsConfig } from 'node:util';
import type { Output } from './output.ts';

/** The process as seen by a command. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: Output;
  /** From now on Ctrl-C (SIGINT) and SIGTERM abort the signal instead of ending the process. */
  interrupted(): AbortSignal;
  /** Ends the process after this time in ms, with exit code 1, even if it still waits, for example for a login plugin. */
  endAfter(ms: number): void;
}

/** What the arguments of a command name. */
export type ObjectArgument = 'hpa or workload' | 'workload' | 'pod or destination';

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
  /** The objects of the cluster whose names its arguments may be, for shell completion. */
  readonly objects?: ObjectArgument;
  /** @returns the exit code: 0 success, 1 a finding */
  run(args: readonly string[], context: Context): Promise<number>;
}
