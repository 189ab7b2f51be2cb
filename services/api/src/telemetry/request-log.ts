import { createLogRate, type Logger } from '@activescale/runtime';
import { printable } from './printable.ts';

/** A request that has been answered, as the log describes it. Texts are as the client sent them. */
export interface AnsweredRequest {
  readonly auditId: string;
  /** undefined: not known, or everyone may do everything. */
  readonly user: string | undefined;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly durationMs: number;
  /** Of a query of metrics. */
  readonly items: number | undefined;
  /** Why there is an error, or no value. */
  readonly reason: string | undefined;
  /** Whether the sender is authenticated and authorized. */
  readonly allowed: boolean;
}

export type RequestLog = (request: AnsweredRequest) => void;

/**
 * One line for a request: as a warning with any LOG_VERBOSITY if this server failed (5xx), else from LOG_VERBOSITY=1 on.
 * Failures and refused requests are limited by status, so that clients cannot fill the log.
 * @param now monotonic, in ms
 */
export function createRequestLog(log: Logger, now: () => number): RequestLog {
  const rate = createLogRate(now);
  return ({ allowed, ...request }) => {
    const level = request.status >= 500 ? 'warn' : 'debug';
    if (!log.isLevelEnabled(level)) return;
    const suppressed = level === 'debug' && allowed ? 0 : rate(String(request.status));
    if (suppressed === undefined) return;
    const { auditId, user, method, url, status, durationMs, items, reason } = request;
    const fields = {
      auditId,
      user: user && printable(user),
      method: printable(method),
      path: printable(url),
      status,
      durationMs: Math.round(durationMs * 10) / 10,
      items,
      reason: reason && printable(reason),
      suppressed: suppressed === 0 ? undefined : suppressed,
    };
    log[level](fields, 'request');
  };
}
