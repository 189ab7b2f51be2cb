import type { KubeClient } from '@activescale/kube';

/** How long an answer is used, in ms. Workloads and pods change within seconds, and discovery hardly ever. */
const OBJECT_MS = 5_000;
const DISCOVERY_MS = 60_000;
const ERROR_MS = 1_000;
/** Answers in memory: a page of workloads needs three each. */
const MAX_ANSWERS = 500;

/** Values of the metrics APIs change with each flush. */
const VALUES = /^\/apis\/(?:custom|external)\.metrics\.k8s\.io\/[^/]+\/namespaces\//;
/** Shows whether api answers. */
const METRICS_API = /^\/apis\/(?:custom|external)\.metrics\.k8s\.io(?:\/|$)/;
const DISCOVERY = /^\/(?:version|api\/[^/]+|apis\/[^/]+(?:\/[^/]+)?)$/;

/** A client whose GETs of one path share an answer, also in flight. Errors are shared for a second. */
export function createCachedClient(client: KubeClient): KubeClient {
  const answers = new Map<string, { until: number; readonly answer: Promise<unknown> }>();
  return {
    ...client,
    get<T>(path: string, request: Parameters<KubeClient['get']>[1]) {
      const known = answers.get(path);
      if (known !== undefined && performance.now() < known.until) return known.answer as Promise<T>;
      const answer = client.get<T>(path, request);
      const entry = { until: Number.POSITIVE_INFINITY, answer };
      answers.delete(path); // the newest are last
      answers.set(path, entry);
      const oldest = answers.keys().next();
      if (answers.size > MAX_ANSWERS && !oldest.done) answers.delete(oldest.value);
      const expireAfter = (ms: number) => () => {
        entry.until = performance.now() + ms;
      };
      answer.then(expireAfter(lifetime(path)), expireAfter(ERROR_MS));
      return answer;
    },
  };
}

function lifetime(path: string): number {
  if (VALUES.test(path)) return 0;
  return DISCOVERY.test(path) && !METRICS_API.test(path) ? DISCOVERY_MS : OBJECT_MS;
}
