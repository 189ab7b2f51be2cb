import { destinationsKey, podsKey, recordName, splitRecordName } from './keys.ts';

/** The kinds of objects that requests are sent to: Services of Kubernetes, and routes of the Gateway API. */
export type DestinationKind = 'service' | 'httproute' | 'grpcroute';

const KINDS: readonly DestinationKind[] = ['service', 'httproute', 'grpcroute'];

/** A destination, as a source names it. */
export interface Destination {
  readonly kind: DestinationKind;
  readonly namespace: string;
  readonly name: string;
  /** The port of a Service; '' for a route, and if the source does not name the port. */
  readonly port: string;
}

/** A pod that reports the requests that it sends to destinations. */
export interface Source {
  readonly namespace: string;
  readonly name: string;
  /** Its address as proven by its connection; '' if the address was not verified. */
  readonly verifiedIp: string;
}

/** The subject of a record: a destination, or every destination of a kind that the source does not mention. */
export interface DemandRecordName {
  readonly kind: DestinationKind;
  /** '' if the record is about all that are not mentioned; the port is then '' too. */
  readonly name: string;
  readonly port: string;
  readonly source: Source;
}

/**
 * Takes the place of the namespace in the keys of `rest` records of a source that may report for every namespace. No
 * namespace has this name.
 */
export const EVERYWHERE = '*';

/** Separates a destination from its source. Like `/`, it occurs in no pod's name, so no pod has such a record. */
const FROM = '<';
const REST = 'rest';

/**
 * The name of a source's record about a destination, in the keys of the destination's namespace:
 * `service/web/80<edge/gateway-1@10.1.0.7`. The names are DNS-1123 names, the port is a number.
 */
export function destinationRecordName(
  { kind, name, port }: Omit<Destination, 'namespace'>,
  from: Source,
): string {
  return `${kind}/${name}/${port}${FROM}${sourceText(from)}`;
}

/**
 * The name of a source's record about all destinations of a kind that it does not mention:
 * `rest/service<edge/gateway-1@10.1.0.7`. It is in the keys of `EVERYWHERE` or, if the source may report for only its own
 * namespace, of that namespace. A source has such a record for each kind that it reports: a gateway that reports only routes
 * proves nothing about Services.
 */
export function restRecordName(kind: DestinationKind, from: Source): string {
  return `${REST}/${kind}${FROM}${sourceText(from)}`;
}

/**
 * The beginning of the names of records about a kind of destination.
 * @param name of one destination; undefined: all destinations; '': those that are not mentioned
 */
export function recordNameBeginning(kind: DestinationKind, name: string | undefined): string {
  if (name === '') return `${REST}/${kind}${FROM}`;
  return name === undefined ? `${kind}/` : `${kind}/${name}/`;
}

/** Whether a record is about demand, by its name, and not about a pod. */
export function isDemandRecordName(name: string): boolean {
  return name.includes(FROM);
}

/** The index of a namespace that lists the record. */
export function indexKey(prefix: string, namespace: string, name: string): string {
  return isDemandRecordName(name) ? destinationsKey(prefix, namespace) : podsKey(prefix, namespace);
}

/** undefined: the name is not one of a demand record. */
export function parseDemandRecordName(text: string): DemandRecordName | undefined {
  const [subject = '', from, ...more] = text.split(FROM);
  const parts = subject.split('/');
  const source = parseSource(from);
  const isRest = parts[0] === REST;
  const kind = KINDS.find((each) => each === parts[isRest ? 1 : 0]);
  if (source === undefined || kind === undefined || more.length > 0) return undefined;
  if (isRest) return parts.length === 2 ? { kind, name: '', port: '', source } : undefined;
  const [, name = '', port = ''] = parts;
  return name === '' || parts.length !== 3 ? undefined : { kind, name, port, source };
}

function sourceText({ namespace, name, verifiedIp }: Source): string {
  return `${namespace}/${recordName(name, verifiedIp)}`;
}

function parseSource(text = ''): Source | undefined {
  const [namespace = '', pod = '', ...more] = text.split('/');
  const { name, verifiedIp } = splitRecordName(pod);
  return namespace === '' || name === '' || more.length > 0 ? undefined : { namespace, name, verifiedIp };
}
