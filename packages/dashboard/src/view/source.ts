import type { Detail, WorkloadName } from './detail.ts';
import type { Overview, OverviewQuery } from './overview.ts';

/**
 * Where the page's data is from: a cluster, or the demo. Faults of what is read are in the result, so that the page shows them:
 * a rejection is a fault of the dashboard itself.
 */
export interface DashboardSource {
  overview(query: OverviewQuery): Promise<Overview>;
  detail(name: WorkloadName): Promise<Detail>;
}
