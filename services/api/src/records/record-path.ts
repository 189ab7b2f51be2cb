import { canNameNamespace } from '@activescale/kube';
import { resourceNotFound, watchNotSupported } from '@activescale/protocol/kubernetes';
import {
  type NamedRecord,
  parseObjectName,
  RECORD_KINDS,
  RECORDS_GROUP,
  type RecordResource,
} from '@activescale/protocol/records-api';
import type { ResourceRequest } from '../http/request-info.ts';
import { StatusError } from '../http/status-error.ts';

/** A request for records. */
export interface RecordPath {
  readonly resource: RecordResource;
  readonly namespace: string;
  /** The name in the path; undefined: a list. */
  readonly name: string | undefined;
  /** The record of this name; undefined: there is none. */
  readonly named: NamedRecord | undefined;
}

/**
 * Reads the attributes that were reviewed; the path is not parsed again. A namespace becomes a part of keys in Valkey, so
 * only valid names are accepted: `*` would be EVERYWHERE.
 * @throws StatusError 404 or 405
 */
export function recordPathOf(request: ResourceRequest): RecordPath {
  const { verb, namespace, resource, subresource, name, depth } = request;
  if (!isRecordResource(resource) || subresource !== '' || !canNameNamespace(namespace)) throw notFound();
  if (depth === 3 && verb === 'watch')
    throw new StatusError(watchNotSupported(RECORDS_GROUP, RECORD_KINDS[resource]));
  if (depth === 3 && verb === 'list') return { resource, namespace, name: undefined, named: undefined };
  if (depth !== 4 || verb !== 'get') throw notFound();
  return { resource, namespace, name, named: parseObjectName(resource, name) };
}

function isRecordResource(text: string): text is RecordResource {
  return Object.hasOwn(RECORD_KINDS, text);
}

function notFound(): StatusError {
  return new StatusError(resourceNotFound());
}
