import type { DashboardSource } from '@activescale/dashboard';
import type { KubeClient } from '@activescale/kube';
import type { RecordSettings } from '../records/settings.ts';
import { createChecker } from './detail/checks.ts';
import { readDetail } from './detail/detail.ts';
import { createOverview } from './overview/overview.ts';
import { createCachedClient } from './read/cached-client.ts';
import type { LiveRecords } from './read/live-records.ts';

export interface ClusterSourceOptions {
  readonly client: KubeClient;
  /** undefined: all. */
  readonly namespace: string | undefined;
  readonly installNamespace: string;
  readonly istioNamespace: string;
  readonly settings: RecordSettings;
  readonly records: LiveRecords;
}

/** The workloads of a cluster, read with the user's own access. */
export function createClusterSource(options: ClusterSourceOptions): DashboardSource {
  const client = createCachedClient(options.client);
  const { catalogue } = options.settings;
  const check = createChecker({ ...options, client });
  return {
    overview: createOverview({ ...options, client, catalogue }),
    detail: (name) => readDetail(name, { ...options, client, catalogue, check }),
  };
}
