import { readFileSync } from 'node:fs';
import { type ApiGroup, EXTERNAL_METRICS_GROUP } from '@activescale/protocol/kubernetes';

// v2.json and v3.json are static. Their Kubernetes types are identical to those of kube-apiserver v1.34,
// because a type that differs would be listed twice in the cluster's document. Those of the metrics APIs are
// from custom-metrics-apiserver v1.34 (pkg/generated/openapi). The metadata of a record is written out, because it has two of
// the fields of ObjectMeta.

type Parts = Readonly<Record<string, object>>;

interface Swagger {
  readonly paths: Parts;
  readonly definitions: Parts;
}

/** Swagger 2.0, one document for all groups. */
export function swaggerDocument(groups: readonly ApiGroup[]): Swagger {
  const document: Swagger = read('v2.json');
  return {
    ...document,
    paths: served(document.paths, groups),
    definitions: served(document.definitions, groups),
  };
}

/** OpenAPI 3.0, a document for each key of the index. */
export function openApiDocuments(groups: readonly ApiGroup[]): Parts {
  return served(read<Parts>('v3.json'), groups);
}

/** Without the external metrics API, unless it is served. */
function served(parts: Parts, groups: readonly ApiGroup[]): Parts {
  if (groups.some(({ name }) => name === EXTERNAL_METRICS_GROUP)) return parts;
  const isExternal = /external[_.]metrics/;
  return Object.fromEntries(Object.entries(parts).filter(([key]) => !isExternal.test(key)));
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as T;
}
