import { MetricSelectorError } from '@activescale/metrics';
import { badRequest, internalError, type Status, serviceUnavailable } from '@activescale/protocol/kubernetes';
import { StoreError } from '@activescale/store';

/** A request that ends with this Status. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code = 'ERR_STATUS';
  readonly status: Status;

  constructor(status: Status, options?: ErrorOptions) {
    super(status.message, options);
    this.status = status;
  }
}

/**
 * The Status of an error. For a query without Retry-After: it would make the HPA's client retry for 10 s inside
 * one of its few workers (client-go rest/with_retry.go).
 */
export function statusOf(error: unknown): Status {
  if (error instanceof StatusError) return error.status;
  if (error instanceof MetricSelectorError) return badRequest(error.message);
  if (error instanceof StoreError) return serviceUnavailable('the metrics store is unavailable');
  return internalError('the request failed');
}
