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
  return pino({
    name,
    level: levelOf(verbosity),
    base: {},
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
  });
}

function levelOf(verbosity: number): 'info' | 'debug' | 'trace' {
  if (verbosity <= 0) return 'info';
  return verbosity < 4 ? 'debug' : 'trace';
}
