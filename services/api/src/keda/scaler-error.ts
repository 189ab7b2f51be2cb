import { statusOf } from '../http/status-error.ts';
import type { QueryTrace } from '../query-trace.ts';

/** The gRPC status codes that this server answers with, besides OK. */
export type ScalerStatus =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'FAILED_PRECONDITION'
  | 'RESOURCE_EXHAUSTED'
  | 'UNAVAILABLE'
  | 'INTERNAL';

/** A call that ends with this gRPC status. */
export class ScalerError extends Error {
  override readonly name = 'ScalerError';
  readonly code = 'ERR_SCALER';
  readonly status: ScalerStatus;

  constructor(status: ScalerStatus, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** As the metrics APIs answer them with HTTP codes. */
const STATUS_OF_CODE: Readonly<Record<number, ScalerStatus>> = {
  400: 'INVALID_ARGUMENT',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
};

/** INTERNAL for an error that is not expected; its message stays in the log. */
export function scalerErrorOf(error: unknown): ScalerError {
  if (error instanceof ScalerError) return error;
  const { code, message } = statusOf(error);
  return new ScalerError(STATUS_OF_CODE[code ?? 500] ?? 'INTERNAL', message, { cause: error });
}

/** Why a value is unknown. KEDA then applies the `fallback` of the ScaledObject. */
export function unknownValue(metric: string, trace: QueryTrace): ScalerError {
  const why = trace.reason() ?? 'its value is unknown';
  return new ScalerError(trace.isAbsent() ? 'NOT_FOUND' : 'FAILED_PRECONDITION', `${metric}: ${why}`);
}
