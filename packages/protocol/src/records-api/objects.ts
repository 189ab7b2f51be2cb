import { goJson } from '../kubernetes/json.ts';

/** The API group in which api serves the records in Valkey to people's tools. */
export const RECORDS_GROUP = 'activescale.io';
export const RECORDS_VERSION = 'v1alpha1';

/** The resources: the records of pods, and the records of the demand for destinations. */
export type RecordResource = 'podrecords' | 'destinationrecords';

export const RECORD_KINDS: Readonly<Record<RecordResource, 'PodRecord' | 'DestinationRecord'>> = {
  podrecords: 'PodRecord',
  destinationrecords: 'DestinationRecord',
};

/** Records in one answer, at most and if the query has no limit. */
export const MAX_RECORDS = 500;
/** Values of `subject` in one query. */
export const MAX_SUBJECTS = 100;

/** One record. Its bytes have their own schema version, so a client and api may be of different releases. */
export interface RecordObject {
  readonly metadata: { readonly name: string; readonly namespace: string };
  /** The name in the record's keys. */
  readonly recordName: string;
  /** It is about every namespace: its keys are under EVERYWHERE. */
  readonly everywhere?: true;
  /** Time of the read by Valkey's clock, RFC 3339 with ms. */
  readonly readAt: string;
  /** Since when all records of its list have been kept, by Valkey's clock, RFC 3339 with ms; undefined: not known. */
  readonly keptSince?: string;
  /** What ingest noted beside a pod's record. */
  readonly note?: string;
  /** The value of its slots key, which begins with the head, in base64; undefined: the record expired. */
  readonly record?: string;
}

/** One page of a list. */
export interface RecordPage {
  readonly items: readonly RecordObject[];
  /** For the query of the next page; undefined: this is the last one. */
  readonly next: string | undefined;
}

export function encodeRecord(resource: RecordResource, object: RecordObject): Buffer {
  return encode(RECORD_KINDS[resource], object);
}

export function encodeRecordList(resource: RecordResource, { items, next }: RecordPage): Buffer {
  const metadata = next === undefined ? {} : { continue: next };
  return encode(`${RECORD_KINDS[resource]}List`, { metadata, items });
}

function encode(kind: string, body: object): Buffer {
  const apiVersion = `${RECORDS_GROUP}/${RECORDS_VERSION}`;
  return Buffer.from(`${goJson({ kind, apiVersion, ...body })}\n`);
}
