import { Gauge, type Registry } from 'prom-client';

/** What is read whenever metrics are collected. */
export interface ObservedCluster {
  pods(): number;
  /** Seconds since the last event of each watch, by the watched resource. */
  watchAges(): Readonly<Record<string, number>>;
  /** Of each APIService, whether its caBundle vouches for what is served. */
  bundles(): ReadonlyMap<string, boolean>;
}

export function createClusterTelemetry(registry: Registry, observed: ObservedCluster): void {
  const registers = [registry];
  new Gauge({
    name: 'activescale_api_pods',
    help: 'Pods of the cluster in the cache of the watch.',
    registers,
    collect() {
      this.set(observed.pods());
    },
  });
  new Gauge({
    name: 'activescale_api_watch_age_seconds',
    help: 'Time since the last event of a watch; bookmarks arrive about once a minute.',
    labelNames: ['resource'],
    registers,
    collect() {
      for (const [resource, age] of Object.entries(observed.watchAges())) this.set({ resource }, age);
    },
  });
  new Gauge({
    name: 'activescale_api_ca_bundle_valid',
    help: 'Whether the caBundle of an APIService verifies the serving certificate: 1 or 0.',
    labelNames: ['apiservice'],
    registers,
    collect() {
      this.reset();
      for (const [apiservice, valid] of observed.bundles()) this.set({ apiservice }, Number(valid));
    },
  });
}
