import { serviceUnavailable } from '@activescale/protocol/kubernetes';
import { StatusError } from '../http/status-error.ts';

/** Valkey's clock, in ms since the epoch; undefined until it is read. */
export interface Clock {
  now(): number | undefined;
}

/** @throws StatusError 503 if the clock is not known yet */
export function storeTime(clock: Clock): number {
  const now = clock.now();
  if (now === undefined) throw new StatusError(serviceUnavailable("the store's clock is not known yet"));
  return now;
}
