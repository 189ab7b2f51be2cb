import { badRequest } from '@activescale/protocol/kubernetes';
import { StatusError } from './status-error.ts';

const NUMBER = /^(?:\d+\.?\d*|\.\d+)/;
const UNIT = /^[^\d.]+/;
const UNITS = ['ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h'];

/**
 * Refuses a `timeout` that is not a Go duration, as Kubernetes' API servers do first. A valid one has no
 * effect, because no request takes longer than 2 s.
 * @throws StatusError 400
 */
export function checkTimeout(query: URLSearchParams): void {
  const timeout = query.get('timeout');
  const fault = timeout ? durationFault(timeout) : undefined;
  if (fault === undefined) return;
  throw new StatusError(badRequest(`invalid timeout specified in the request URL - ${fault}`));
}

/** The message of time.ParseDuration for an invalid text. */
function durationFault(text: string): string | undefined {
  const quoted = JSON.stringify(text);
  let rest = text.replace(/^[+-]/, '');
  if (rest === '0') return undefined;
  if (rest === '') return `time: invalid duration ${quoted}`;
  while (rest !== '') {
    const [number] = NUMBER.exec(rest) ?? [];
    if (number === undefined) return `time: invalid duration ${quoted}`;
    rest = rest.slice(number.length);
    const [unit] = UNIT.exec(rest) ?? [];
    if (unit === undefined) return `time: missing unit in duration ${quoted}`;
    if (!UNITS.includes(unit)) return `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
    rest = rest.slice(unit.length);
  }
  return undefined;
}
