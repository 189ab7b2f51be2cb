import type { Store } from '@activescale/store';
import type { Cluster } from './cluster.ts';
import type { ApiConfig } from './config.ts';
import { createDemandFinder } from './custom-metrics/demand-finder.ts';
import { createMetricFinder, findBySubject, type MetricFinder } from './custom-metrics/metric-finder.ts';
import { createDemand, type DemandProvider } from './metrics/demand.ts';
import type { AnswerObserver } from './metrics/observer.ts';
import { createProvider, type Provider } from './metrics/provider.ts';
import { type Destinations, standaloneDestinations } from './objects/destinations.ts';
import type { NoPods } from './objects/no-pods.ts';
import { everySource, standalonePods } from './objects/standalone-pods.ts';

/** What computes values from the records of the cluster's pods and of destinations. */
export interface MetricSources {
  readonly provider: Provider;
  readonly demand: DemandProvider;
  readonly destinations: Destinations;
  readonly find: MetricFinder;
  /** undefined: standalone, where a missing pod does not prove that there is no load. */
  readonly noPods: NoPods | undefined;
}

/** @returns the sources whose answers an observer sees */
export function createMetricSources(
  rules: Pick<ApiConfig, 'metricTtl' | 'idleAsZero' | 'verifyPodIp' | 'demandHold'>,
  store: Store,
  cluster: Cluster | undefined,
): (observer: AnswerObserver) => MetricSources {
  const pods = cluster?.pods ?? standalonePods(store);
  const destinations = cluster?.destinations ?? standaloneDestinations;
  return (observer) => {
    const shared = { records: store, rules, observer, knowsPods: cluster !== undefined };
    const provider = createProvider({ ...shared, pods });
    const demand = createDemand({ ...shared, pods: cluster?.pods ?? everySource });
    const find = findBySubject(
      createMetricFinder(provider, cluster),
      createDemandFinder(demand, destinations),
    );
    return { provider, demand, destinations, find, noPods: cluster?.noPods };
  };
}
