import { objectNotFound } from '@activescale/protocol/kubernetes';
import {
  encodeRecord,
  encodeRecordList,
  RECORDS_GROUP,
  RECORDS_VERSION,
} from '@activescale/protocol/records-api';
import type { MetricRequest } from '../http/exchange.ts';
import { metricsRoute, type Route } from '../http/routes.ts';
import { StatusError } from '../http/status-error.ts';
import type { Admit } from '../limits/admission.ts';
import { recordPathOf } from './record-path.ts';
import { recordQueryOf } from './record-query.ts';
import { type RecordStore, readRecord, readRecordPage } from './record-reader.ts';

export interface RecordsOptions {
  readonly store: RecordStore;
  readonly admit: Admit;
}

/**
 * The records in Valkey, for people's tools: read-only, and no more than a page in an answer. The HPA does not use it, and its
 * queries have their own limit.
 */
export function recordsRoute({ store, admit }: RecordsOptions): Route {
  const answer = admit(async ({ info, trace }: MetricRequest): Promise<Buffer> => {
    const { resource, namespace, name, named } = recordPathOf(info);
    if (name === undefined) {
      const page = await readRecordPage(store, { resource, namespace }, recordQueryOf(info.query));
      trace.answered(page.items.length);
      return encodeRecordList(resource, page);
    }
    const found = named && (await readRecord(store, { resource, namespace }, { name, ...named }));
    if (found === undefined) throw new StatusError(objectNotFound(RECORDS_GROUP, resource, name));
    trace.answered(1);
    return encodeRecord(resource, found);
  });
  return metricsRoute(`/apis/${RECORDS_GROUP}/${RECORDS_VERSION}`, answer);
}
