import type { Family } from '@activescale/protocol/envoy';
import { type Durations, plus } from '../amounts.ts';
import type { Target } from '../demand/cluster-targets.ts';
import type { Signalled } from '../known-stats.ts';
import type { Role } from '../load/own-load.ts';

/** The stats of one cluster; a stat that Envoy did not send is undefined. */
export interface ClusterStats {
  readonly name: string;
  readonly prefix: string;
  readonly role: Role;
  readonly port: string;
  /** See `Signalled`. Stats of demand are read only for clusters with a destination. */
  readonly target: Target;
  active: number | undefined;
  pending: number | undefined;
  started: number | undefined;
  completed: number | undefined;
  errors: number | undefined;
  /** Requests rejected by a circuit breaker, and those for which there was no healthy endpoint. */
  overflow: number | undefined;
  unhealthy: number | undefined;
  durations: Durations | undefined;
}

export function startCluster({ scope, prefix, role, port, target }: Omit<Signalled, 'signal'>): ClusterStats {
  return {
    name: scope,
    prefix,
    role,
    port,
    target,
    active: undefined,
    pending: undefined,
    started: undefined,
    completed: undefined,
    errors: undefined,
    overflow: undefined,
    unhealthy: undefined,
    durations: undefined,
  };
}

/** The same cluster, without its stats. */
export function restarted({ name, prefix, role, port, target }: ClusterStats): ClusterStats {
  return startCluster({ scope: name, prefix, role, port, target });
}

/** A case for each signal, because `cluster[signal]` would look up its property by name for every family. */
export function addToCluster(
  cluster: ClusterStats | undefined,
  { signal }: Signalled,
  { value }: Family,
): void {
  if (cluster === undefined) return;
  switch (signal) {
    case 'upstreamActive':
      cluster.active = plus(cluster.active, value);
      return;
    case 'pending':
      cluster.pending = plus(cluster.pending, value);
      return;
    case 'upstreamStarted':
      cluster.started = plus(cluster.started, value);
      return;
    case 'upstreamCompleted':
      cluster.completed = plus(cluster.completed, value);
      return;
    case 'upstreamErrors':
      cluster.errors = plus(cluster.errors, value);
      return;
    case 'overflow':
      cluster.overflow = plus(cluster.overflow, value);
      return;
    case 'unhealthy':
      cluster.unhealthy = plus(cluster.unhealthy, value);
  }
}
