import type { Logger } from './logger.ts';
import type { Closable } from './parts.ts';

/** Logs what happened since the last summary. @param everyMs 0: never */
export function startSummary(log: Logger, everyMs: number, summary: () => object): Closable {
  const timer = everyMs > 0 ? setInterval(() => log.info(summary(), 'summary'), everyMs) : undefined;
  return { close: () => clearInterval(timer) };
}
