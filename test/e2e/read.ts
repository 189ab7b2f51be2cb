import type { Stack } from './stack.ts';

/** Reads metrics of the pods of a namespace. */
export interface Reader {
  /** Quantities as written, by the pods' names. */
  valuesOf(
    namespace: string,
    metric: string,
    pod?: string,
    query?: string,
  ): Promise<Readonly<Record<string, string>>>;
}

export function createReader({ query: { get } }: Pick<Stack, 'query'>): Reader {
  return {
    async valuesOf(namespace, metric, pod = '*', query = '') {
      const path = `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${namespace}/pods/${pod}/${metric}${query}`;
      return (await get(path)).values;
    },
  };
}
