import { type Status, serviceUnavailable } from '@activescale/protocol/kubernetes';
import { StatusError } from '../http/status-error.ts';
import type { BackendResponse } from './backend-client.ts';
import { BackendError } from './backend-error.ts';
import { LOOP_DETECTED } from './loop.ts';

/** The list that a query asks for. */
export interface ExpectedList {
  readonly kind: 'MetricValueList' | 'ExternalMetricValueList';
  readonly group: string;
  readonly version: string;
}

/** A list that a backend sent. */
export interface ReceivedList {
  readonly body: Buffer;
  readonly items: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Limits of an error's message, in characters. */
const MAX_MESSAGE = 1_000;
const MAX_TEXT = 200;

/** Of an answer: 7,000 pods have 84,000. Parsing takes time by the number of values rather than of bytes. */
const MAX_VALUES = 100_000;

/**
 * The list in the answer to a query.
 * @param backend its name in messages
 * @throws StatusError its error about the query, or 503 if it cannot answer queries of this API
 * @throws BackendError if the answer cannot be used
 */
export function receivedList(answer: BackendResponse, expected: ExpectedList, backend: string): ReceivedList {
  const { status, body } = answer;
  if (status === 200) return { body, items: countItems(readJson(answer), expected) };
  const error = errorStatus(answer);
  if (status === LOOP_DETECTED) throw new BackendError(error.message);
  if (status === 401 || status === 403) {
    const grant = `grant it get and list of all resources in ${expected.group}`;
    const why = `refuses the service account of activescale-api (${status} ${error.message}): ${grant}`;
    throw new StatusError(serviceUnavailable(`${backend} ${why}`));
  }
  if (status === 404 && !isStatus(answer)) {
    const { group, version } = expected;
    throw new StatusError(
      serviceUnavailable(`${backend} does not serve ${group}/${version}: ${error.message}`),
    );
  }
  if (status >= 500)
    throw new StatusError(serviceUnavailable(`${backend} answered ${status}: ${error.message}`));
  if (status >= 400) throw new StatusError(error);
  throw new BackendError(`it answered with the status ${status}`);
}

/** @throws BackendError unless the body is a JSON object with at most 100,000 values */
export function readJson({ headers, body }: BackendResponse): Fields {
  const [type] = headers['content-type']?.split(';', 1) ?? [];
  if (type?.trim() !== 'application/json' || headers['content-encoding'] !== undefined)
    throw new BackendError('its answer is not application/json');
  if (hasManyValues(body)) throw new BackendError(`its answer has more than ${MAX_VALUES} values`);
  try {
    const value: unknown = JSON.parse(UTF8.decode(body));
    if (typeof value === 'object' && value !== null) return value as Fields;
  } catch (cause) {
    throw new BackendError('its answer is not valid JSON', { cause });
  }
  throw new BackendError('its answer is not a JSON object');
}

const [COMMA, BRACKET, BRACE] = Buffer.from(',[{');

/** Whether more than MAX_VALUES characters precede a value (`,`, `[` or `{`); those in strings count as well. */
function hasManyValues(body: Buffer): boolean {
  let count = 0;
  for (let i = 0; i < body.length && count <= MAX_VALUES; i++) {
    const byte = body[i];
    if (byte === COMMA || byte === BRACKET || byte === BRACE) count++;
  }
  return count > MAX_VALUES;
}

const UTF8: Pick<TextDecoder, 'decode'> = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function countItems({ kind, apiVersion, items }: Fields, expected: ExpectedList): number {
  const { group, version } = expected;
  if (kind === expected.kind && apiVersion === `${group}/${version}` && Array.isArray(items))
    return items.length;
  throw new BackendError(`its answer is no ${expected.kind} of ${group}/${version}`);
}

/** The Status in an answer, without Retry-After, which would block a worker of the HPA; any other body as a message. */
export function errorStatus(answer: BackendResponse): Status {
  const { status: code, body } = answer;
  const { message, reason } = statusFields(answer);
  if (typeof message !== 'string') return { code, message: body.subarray(0, MAX_TEXT).toString().trim() };
  const named = typeof reason === 'string' && /^\w{1,64}$/.test(reason) ? { reason } : {};
  return { code, message: message.slice(0, MAX_MESSAGE), ...named };
}

function isStatus(answer: BackendResponse): boolean {
  return statusFields(answer).kind === 'Status';
}

function statusFields(answer: BackendResponse): Fields {
  try {
    const fields = readJson(answer);
    return fields.kind === 'Status' ? fields : {};
  } catch {
    return {};
  }
}
