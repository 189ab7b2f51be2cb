import { canNameWorkload } from '@activescale/kube';
import type { ClusterAccess } from '../../cluster/connect.ts';
import type { AskedNames } from './asked-names.ts';

/** Longer lists are cut: more names are not readable at a prompt. */
export const MAX_NAMES = 500;
/** Of a list, only the columns that kubectl prints: https://kubernetes.io/docs/reference/using-api/api-concepts/ */
const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1';

interface Table {
  readonly columnDefinitions: readonly { readonly format: string }[];
  readonly rows: readonly { readonly cells: readonly unknown[] }[] | null;
}

/**
 * The words that complete a name, from one request. bash expands what it offers, so a word has no character that means
 * anything to a shell. Rejects with a KubeError, or with the error of the connection.
 */
export async function listNames(
  { apiVersion, resource, scope, before, after }: AskedNames,
  { client, namespace }: ClusterAccess,
): Promise<string[]> {
  const group = `${apiVersion.includes('/') ? '/apis' : '/api'}/${apiVersion}`;
  const place = scope === 'cluster' ? '' : `/namespaces/${encodeURIComponent(scope.namespace ?? namespace)}`;
  const path = `${group}${place}/${resource}?limit=${MAX_NAMES}&includeObject=None`;
  const { columnDefinitions, rows } = await client.get<Table>(path, { accept: TABLE });
  const column = columnDefinitions.findIndex(({ format }) => format === 'name');
  const found = (rows ?? []).map(({ cells }) => String(cells[column]));
  return found.filter(canNameWorkload).map((name) => `${before}${name}${after}`);
}
