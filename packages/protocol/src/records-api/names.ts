import { isIP } from 'node:net';
import {
  type DestinationKind,
  destinationRecordName,
  parseDemandRecordName,
  restRecordName,
} from '../record/destination.ts';
import { recordName, splitRecordName } from '../record/keys.ts';
import type { RecordResource } from './objects.ts';

/** A record, by the name in its keys. */
export interface NamedRecord {
  readonly recordName: string;
  /** Its keys are under EVERYWHERE instead of the namespace. */
  readonly everywhere: boolean;
}

/** RFC 1123 subdomains, as Kubernetes names pods, Services and routes. */
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
/** A number or a name, or '' if the source does not name the port. */
const PORT = /^[-a-z0-9]{0,63}$/;
/** A Kubernetes name does not contain it, and a path segment may. */
const SEPARATOR = ':';
const REST = 'rest';
const ALL = 'everywhere';

/**
 * The name of a record as an object of the API. That of a pod's record is its name: `web-1` or `web-1@10.1.0.7`. The names of
 * demand records have slashes, which a path segment cannot have (apimachinery pkg/api/validation/path/name.go):
 * `service/web/80<edge/gateway-1` becomes `service:web:80:edge:gateway-1`, and `rest/service<edge/gateway-1` becomes
 * `rest:service:edge:gateway-1` or `everywhere:service:edge:gateway-1`.
 * @returns undefined: the record is not of this resource, or its name is invalid
 */
export function objectName(resource: RecordResource, record: NamedRecord): string | undefined {
  const name = resource === 'podrecords' ? record.recordName : demandObjectName(record);
  const read = name === undefined ? undefined : parseObjectName(resource, name);
  return read?.recordName === record.recordName && read.everywhere === record.everywhere ? name : undefined;
}

/**
 * The record of an object's name. Each record has one name, so that a right to a name is a right to one record.
 * @returns undefined: the name is not one of this resource
 */
export function parseObjectName(resource: RecordResource, name: string): NamedRecord | undefined {
  if (resource === 'podrecords') return isPod(name) ? { recordName: name, everywhere: false } : undefined;
  const parsed = parseDemandObjectName(name);
  return parsed !== undefined && demandObjectName(parsed) === name ? parsed : undefined;
}

/**
 * What a record is about, as `subject` of a query: `web-1` for the records of this pod, `service/web` for those of each port
 * and source, `rest/service` for those about the Services that their source does not mention.
 */
export function subjectOfRecord(resource: RecordResource, recordName: string): string | undefined {
  if (resource === 'podrecords') return splitRecordName(recordName).name;
  const parsed = parseDemandRecordName(recordName);
  if (parsed === undefined) return undefined;
  return parsed.name === '' ? `${REST}/${parsed.kind}` : `${parsed.kind}/${parsed.name}`;
}

function demandObjectName({ recordName: text, everywhere }: NamedRecord): string | undefined {
  const parsed = parseDemandRecordName(text);
  if (parsed === undefined) return undefined;
  const { kind, name, port, source } = parsed;
  const subject = name === '' ? [everywhere ? ALL : REST, kind] : [kind, name, port];
  const pod = recordName(source.name, source.verifiedIp);
  return [...subject, source.namespace, pod].join(SEPARATOR);
}

function parseDemandObjectName(text: string): NamedRecord | undefined {
  const [path = '', verifiedIp = ''] = text.split('@', 2);
  const parts = path.split(SEPARATOR);
  const [namespace = '', name = ''] = parts.slice(-2);
  if (!NAME.test(namespace) || !isPod(recordName(name, verifiedIp))) return undefined;
  const source = { namespace, name, verifiedIp };
  const [first = '', second = '', port = ''] = parts.slice(0, -2);
  if (parts.length === 4 && (first === REST || first === ALL)) {
    const kind = kindOf(second);
    return kind && { recordName: restRecordName(kind, source), everywhere: first === ALL };
  }
  const kind = kindOf(first);
  if (kind === undefined || parts.length !== 5 || !NAME.test(second) || !PORT.test(port)) return undefined;
  return { recordName: destinationRecordName({ kind, name: second, port }, source), everywhere: false };
}

function isPod(text: string): boolean {
  const { name, verifiedIp } = splitRecordName(text);
  if (!NAME.test(name)) return false;
  return text === name || (isIP(verifiedIp) !== 0 && text === recordName(name, verifiedIp));
}

function kindOf(text: string): DestinationKind | undefined {
  return parseDemandRecordName(`${REST}/${text}<any/any`)?.kind;
}
