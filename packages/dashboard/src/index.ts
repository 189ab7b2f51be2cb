export { type Dashboard, startDashboard } from './server/server.ts';
export type * from './view/detail.ts';
export type { Overview, OverviewQuery, WorkloadRow } from './view/overview.ts';
export type { Code, Coverage, Failure, MetricValue, Replicas } from './view/shared.ts';
export type { DashboardSource } from './view/source.ts';
