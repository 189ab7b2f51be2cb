import type { Overview, OverviewQuery } from '@activescale/dashboard';
import type { KubeClient } from '@activescale/kube';
import type { Catalogue } from '@activescale/metrics';
import { createFailures, metricsApiFailure } from '../read/failures.ts';
import type { LiveRecords } from '../read/live-records.ts';
import { type ListedWorkload, listWorkloads, matchesSearch } from '../read/workloads.ts';
import { workloadRow } from './row.ts';

/** Rows on a page: as many as a screen shows, and all that is read for it. */
const PAGE_ROWS = 20;

export interface OverviewOptions {
  readonly client: KubeClient;
  /** undefined: all. */
  readonly namespace: string | undefined;
  readonly catalogue: Catalogue;
  readonly records: LiveRecords;
}

/** Reads pages of workloads. While the cluster does not answer, the last list stays. */
export function createOverview(options: OverviewOptions): (query: OverviewQuery) => Promise<Overview> {
  const { client, namespace, catalogue, records } = options;
  let listed: readonly ListedWorkload[] = [];
  return async ({ search, page }) => {
    const failures = createFailures();
    const [workloads, apiFailure] = await Promise.all([
      listWorkloads(client, namespace, catalogue).catch(failures.caught),
      metricsApiFailure(client).catch(failures.caught),
    ]);
    listed = workloads ?? listed;
    failures.add(apiFailure ?? undefined);
    const matching = listed.filter((each) => matchesSearch(each, search));
    const pages = Math.max(1, Math.ceil(matching.length / PAGE_ROWS));
    const shown = Math.min(page, pages);
    const place = { client, records, failures };
    const visible = matching.slice((shown - 1) * PAGE_ROWS, shown * PAGE_ROWS);
    const rows = await Promise.all(visible.map((each) => workloadRow(each, place)));
    return {
      view: 'overview',
      failures: failures.list(),
      scope: namespace === undefined ? 'all namespaces' : `namespace ${namespace}`,
      all: listed.length,
      matching: matching.length,
      search,
      page: shown,
      pages,
      rows,
    };
  };
}
