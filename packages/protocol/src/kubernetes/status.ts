import { goJson } from './json.ts';

/** The outcome of a request that failed: metav1.Status without the parts that never change. */
export interface Status {
  code: number;
  message: string;
  /** Word for programs, e.g. NotFound; undefined where Go's library gives none. */
  reason?: string;
  details?: StatusDetails;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  causes?: readonly { message: string }[];
}

/** JSON of the Status with its keys in Go's order and one final newline. */
export function encodeStatus({ code, message, reason, details }: Status): Buffer {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    details,
    code,
  };
  return Buffer.from(`${goJson(status)}\n`);
}

/** A path of a wrong shape, or a version that is not served, in a group that is. */
export function resourceNotFound(): Status {
  return notFound('the server could not find the requested resource', {});
}

/**
 * No value of the metric for this object.
 * Text of custom-metrics-apiserver's provider.NewMetricNotFoundForError and ...ForSelectorError.
 * @param selector the metric selector, when it is what did not match
 */
export function metricNotFoundFor(metric: string, resource: string, name: string, selector?: string): Status {
  const suffix = selector === undefined ? '' : ` with selector ${selector}`;
  return notFound(`the server could not find the metric ${metric} for ${resource} ${name}${suffix}`);
}

/** The metric is not served for this kind of object at all. */
export function metricNotFound(metric: string, resource: string): Status {
  return notFound(`the server could not find the metric ${metric} for ${resource}`);
}

export function badRequest(message: string): Status {
  return { code: 400, reason: 'BadRequest', message };
}

export function methodNotAllowed(): Status {
  return {
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
    details: {},
  };
}

export function serviceUnavailable(message: string): Status {
  return { code: 503, reason: 'ServiceUnavailable', message };
}

export function internalError(message: string): Status {
  return {
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: ${message}`,
    details: { causes: [{ message }] },
  };
}

function notFound(message: string, details?: StatusDetails): Status {
  return { code: 404, reason: 'NotFound', message, ...(details && { details }) };
}
