import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/**
 * JSON lines on stdout. `verbosity` is LOG_VERBOSITY:
 *
 * | verbosity | pino level | says                                          |
 * |-----------|------------|-----------------------------------------------|
 * | 0         | info       | starts, stops, changes of state, summaries    |
 * | 1, 2, 3   | debug      | one line for a stream, a query, a pod         |
 * | 4         | trace      | one line for every message and metric family  |
 */
export function createLogger(name: string, verbosity: number): Logger {
  const options = {
    name,
    level: levelOf(verbosity),
    base: {},
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
  };
  // Lines are written in the background, so a reader that stops reading holds up nothing. With a minimum of one byte
  // `flush` waits for a write that is under way.
  return pino(options, pino.destination({ sync: false, minLength: 1 }));
}

/** Longest time that `flushed` waits, in ms. */
const FLUSH_MS = 1_000;

/** Resolves once the lines so far are written; after a second anyway, as the reader of stdout may have stopped. */
export function flushed(logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, FLUSH_MS);
    logger.flush(() => {
      clearTimeout(timer);
      resolve(); // with an error where stdout is no file that can be synced: the lines are written
    });
  });
}

function levelOf(verbosity: number): 'info' | 'debug' | 'trace' {
  if (verbosity <= 0) return 'info';
  return verbosity < 4 ? 'debug' : 'trace';
}
