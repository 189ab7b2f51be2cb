import { canNameNamespace, type KubeClient, KubeError } from '@activescale/kube';
import {
  RECORDS_GROUP,
  RECORDS_VERSION,
  type RecordObject,
  type RecordResource,
} from '@activescale/protocol/records-api';
import { ask, reasonOf } from '../cluster/ask.ts';
import { NoRecordsError } from './reader.ts';

/** A list in a namespace with 100,000 records has as many. */
const MAX_PAGES = 200;

const SOURCE = 'records through api';
const OR_VALKEY = 'set VALKEY_ADDR or --valkey-addr to read Valkey instead';

interface List {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly RecordObject[];
}

/**
 * All pages of a list. @throws NoRecordsError
 * @param subjects only records about these; undefined: all
 */
export async function listRecords(
  client: KubeClient,
  resource: RecordResource,
  namespace: string,
  subjects: readonly string[] | undefined,
): Promise<RecordObject[]> {
  if (!canNameNamespace(namespace))
    throw new NoRecordsError(SOURCE, `${JSON.stringify(namespace)} is not the name of a namespace`, {
      isTemporary: false,
    });
  const path = `/apis/${RECORDS_GROUP}/${RECORDS_VERSION}/namespaces/${namespace}/${resource}`;
  const items: RecordObject[] = [];
  let token: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const query = new URLSearchParams((subjects ?? []).map((subject) => ['subject', subject]));
    if (token !== undefined) query.set('continue', token);
    const list = await ask<List>(client, query.size === 0 ? path : `${path}?${query}`).catch(unreadable);
    items.push(...list.items);
    token = list.metadata.continue;
    if (token === undefined) return items;
  }
  const why = `${namespace} has more than ${items.length} ${resource}: ${OR_VALKEY}`;
  throw new NoRecordsError(SOURCE, why, { isTemporary: false });
}

function unreadable(error: unknown): never {
  const reason = reasonOf(error);
  const failed = (why: string, isTemporary: boolean) =>
    new NoRecordsError(SOURCE, why, { cause: error, isTemporary });
  if (!(error instanceof KubeError)) throw failed(reason, true);
  const { status } = error;
  if (status === 403)
    throw failed(
      `${reason}; the ClusterRole activescale-records-reader has this right, or ${OR_VALKEY}`,
      false,
    );
  if (status === 404)
    throw failed(
      `the cluster does not serve ${RECORDS_GROUP}/${RECORDS_VERSION}: apply deploy/base/api/api-services.yaml, or ${OR_VALKEY}`,
      false,
    );
  throw failed(reason, status === 429 || status >= 500);
}
