import type { Build } from './build.ts';
import { informationFor } from './information.ts';
import { createLogger, flushed, type Logger } from './logger.ts';
import { type DefineSettings, SettingsError } from './settings/read.ts';

/** Returned by `main` once everything runs. */
export interface Running {
  close(): Promise<void>;
  /** Names of open parts, for the log line of an overrun (see createParts). */
  open?(): readonly string[];
}

export interface ProcessOptions {
  readonly name: string;
  /** For the log lines of the lifecycle; without it, a logger of verbosity 0. */
  readonly logger?: Logger;
  /** Starts everything. `signal` is aborted when the process is asked to stop, also during the start. */
  main(signal: AbortSignal): Promise<Running>;
  /** Longest time from the signal to the exit, in ms. */
  readonly deadlineMs?: number;
  /** Printed by `--help` and `--print-settings`. */
  readonly settings?: DefineSettings<unknown>;
  /** Printed by `--version`. */
  readonly build?: Build;
}

/**
 * Runs one process from start to exit.
 *
 * With `--help`, `--version` or `--print-settings` it prints the information, starts nothing and exits with 0;
 * an unknown option is an error, exit 2.
 *
 * Exit 0: SIGTERM or SIGINT arrived and everything closed in time. Exit 1: invalid configuration (all problems
 * on stderr), an unhandled error (logged, then everything is closed), a close that failed or exceeded the
 * deadline (logged with the open parts), or a second signal.
 */
export async function runProcess(options: ProcessOptions): Promise<void> {
  const information = informationFor(process.argv.slice(1), options);
  if (information !== undefined) {
    const { text, exitCode } = information;
    (exitCode === 0 ? process.stdout : process.stderr).write(text);
    process.exitCode = exitCode;
    return;
  }
  const { deadlineMs = 5_000, logger = createLogger(options.name, 0) } = options;
  const abort = new AbortController();
  let started: Promise<Running> | undefined;
  let running: Running | undefined;
  let stopping = false;

  /** The lines of the log come first: one that is being written would be lost or out of order. */
  const exit = async (code: number): Promise<never> => {
    await flushed(logger);
    process.exit(code);
  };

  const overrun = (): void => {
    const open = running?.open?.() ?? (running === undefined ? ['start'] : []);
    logger.fatal(
      { open, resources: process.getActiveResourcesInfo(), deadlineMs },
      'shutdown deadline exceeded',
    );
    void exit(1);
  };

  const stop = async (exitCode: number): Promise<never> => {
    stopping = true;
    const deadline = setTimeout(overrun, deadlineMs);
    abort.abort();
    let code = exitCode;
    try {
      running = await started;
    } catch {
      // The caller that awaits the start reports its failure; there is nothing to close.
    }
    try {
      await running?.close();
    } catch (error) {
      logger.error({ err: error }, 'closing failed');
      code = 1;
    }
    clearTimeout(deadline);
    logger.info({ code }, 'stopped');
    return exit(code);
  };

  const onSignal = (name: NodeJS.Signals): void => {
    if (stopping) {
      logger.warn({ signal: name, open: running?.open?.() }, 'second signal, exiting immediately');
      void exit(1);
      return;
    }
    logger.info({ signal: name, deadlineMs }, 'stopping');
    void stop(0);
  };

  const onError = (error: unknown): void => {
    logger.fatal({ err: error }, 'unexpected error');
    if (!stopping) void stop(1);
  };

  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);

  started = options.main(abort.signal);
  try {
    running = await started;
  } catch (error) {
    if (stopping) return; // asked to stop while starting: `stop` ends the process
    if (error instanceof SettingsError) process.stderr.write(`${options.name}: ${error.message}\n`);
    else logger.fatal({ err: error }, 'cannot start');
    await exit(1);
  }
}
