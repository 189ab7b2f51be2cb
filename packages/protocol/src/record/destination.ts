import { destinationsKey, podsKey, recordName, splitRecordName } from './keys.ts';

/** What requests are sent to: a Service of Kubernetes, or a route of the Gateway API. */
export type DestinationKind = 'service' | 'httproute' | 'grpcroute';

const KINDS: readonly DestinationKind[] = ['service', 'httproute', 'grpcroute'];

/** A destination as one of its sources names it. */
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
  /** '' for all that are not mentioned, like the port. */
  readonly name: string;
  readonly port: string;
  readonly source: Source;
}

/**
 * The place of a namespace in the keys of `rest` records, for a source that may report for every namespace. No
 * namespace has this name.
 */
export const EVERYWHERE = '*';

/** Separates a destination from its source. Like `/`, it is in no name of a pod, so no pod has such a record. */
const FROM = '<';
const REST = 'rest';

/**
 * The name of the record of a destination as one source sees it, in the keys of the destination's namespace:
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
 * `rest/service<edge/gateway-1@10.1.0.7`. It is in the keys of `EVERYWHERE` or, for a source that may report for its own
 * namespace only, of that one. A source has one for each kind that it reports: a gateway that reports routes proves
 * nothing about a Service that it does not mention.
 */
export function restRecordName(kind: DestinationKind, from: Source): string {
  return `${REST}/${kind}${FROM}${sourceText(from)}`;
}

/**
 * How the names of records about a kind of destination begin.
 * @param name of one destination; undefined: of all, and '' for the records about those that are not mentioned
 */
export function recordNameBeginning(kind: DestinationKind, name: string | undefined): string {
  if (name === '') return `${REST}/${kind}${FROM}`;
  return name === undefined ? `${kind}/` : `${kind}/${name}/`;
}

/** Whether a record's name is one of demand, and not a pod's. */
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
