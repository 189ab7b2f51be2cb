import { goJson } from './json.ts';

/** The result of a failed request: metav1.Status without the constant fields. */
export interface Status {
  code: number;
  message: string;
  /** Machine-readable reason, e.g. NotFound; undefined if Go's library has none. */
  reason?: string;
  details?: StatusDetails;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  causes?: readonly { message: string }[];
  retryAfterSeconds?: number;
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

/** An invalid path, or a version that is not served, in a group that is. */
export function resourceNotFound(): Status {
  return notFound('the server could not find the requested resource', {});
}

/** Text of apimachinery's errors.NewNotFound. */
export function objectNotFound(group: string, resource: string, name: string): Status {
  return notFound(`${resource}.${group} ${quoted(name)} not found`, { name, group, kind: resource });
}

/**
 * No value of the metric for this object.
 * Text of custom-metrics-apiserver's provider.NewMetricNotFoundForError.
 * @param reason added to it unless empty
 */
export function metricNotFoundFor(metric: string, resource: string, name: string, reason = ''): Status {
  return notFound(
    withReason(`the server could not find the metric ${metric} for ${resource} ${name}`, reason),
  );
}

/** The metric is not served for this kind of object. */
export function metricNotFound(metric: string, resource: string, reason = ''): Status {
  return notFound(withReason(`the server could not find the metric ${metric} for ${resource}`, reason));
}

/** The external metric is not served. */
export function externalMetricNotFound(metric: string): Status {
  return notFound(`the server could not find the metric ${metric}`);
}

/**
 * Text of k8s.io/apiserver's ListResource for a resource that cannot be watched.
 * @param kind `*` if the response has another kind than the items
 */
export function watchNotSupported(group: string, kind: string): Status {
  return {
    code: 405,
    reason: 'MethodNotAllowed',
    message: `watch is not supported on resources of kind ${JSON.stringify(`${kind}.${group}`)}`,
    details: { group, kind },
  };
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

export function unauthorized(): Status {
  return { code: 401, reason: 'Unauthorized', message: 'Unauthorized' };
}

/** What a user may not do. Empty strings mean none. */
export interface ForbiddenResource {
  verb: string;
  group: string;
  namespace: string;
  resource: string;
  subresource: string;
  name: string;
}

/**
 * Texts of k8s.io/apiserver endpoints/handlers/responsewriters/errors.go and apimachinery's NewForbidden.
 * @param reason the authorizer's, may be empty
 */
export function forbiddenResource(user: string, request: ForbiddenResource, reason: string): Status {
  const { verb, group, namespace, resource, subresource, name } = request;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const place = namespace === '' ? 'at the cluster scope' : `in the namespace ${quoted(namespace)}`;
  const why = sanitized(
    `User ${quoted(user)} cannot ${verb} resource ${quoted(what)} in API group ${quoted(group)} ${place}`,
  );
  const qualified = group === '' ? resource : `${resource}.${group}`;
  const object = name === '' ? qualified : `${qualified} ${quoted(name)}`;
  return forbidden(`${object} is forbidden: ${withReason(why, reason)}`, {
    ...(name !== '' && { name }),
    ...(group !== '' && { group }),
    ...(resource !== '' && { kind: resource }),
  });
}

export function forbiddenPath(
  user: string,
  { verb, path }: { verb: string; path: string },
  reason: string,
): Status {
  const why = sanitized(`User ${quoted(user)} cannot ${verb} path ${quoted(path)}`);
  return forbidden(`forbidden: ${withReason(why, reason)}`, {});
}

export function serviceUnavailable(message: string): Status {
  return { code: 503, reason: 'ServiceUnavailable', message };
}

/**
 * @param retryAfterSeconds the value of Retry-After. None for a query: the HPA's client would retry inside one
 * of its few workers.
 */
export function tooManyRequests(message: string, retryAfterSeconds?: number): Status {
  const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } };
  return { code: 429, reason: 'TooManyRequests', message, ...details };
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

function forbidden(message: string, details: StatusDetails): Status {
  return { code: 403, reason: 'Forbidden', message, details };
}

function withReason(message: string, reason: string): string {
  return reason === '' ? message : `${message}: ${reason}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** The names come from clients, and a browser may show the message. */
function sanitized(message: string): string {
  return message.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
