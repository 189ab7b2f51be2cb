import { formatGroupResource, type GroupResource, parseGroupResource } from '@activescale/kube';
import { isDemand, type Metric, type SelectedMetric } from '@activescale/metrics';
import type { LabelSelector, MetricValue } from '@activescale/protocol/kubernetes';
import type { Provider } from '../metrics/provider.ts';
import type { DescribedObject, DescribedObjects } from '../objects/described-objects.ts';
import type { NoPods } from '../objects/no-pods.ts';
import type { QueryTrace } from '../query-trace.ts';
import type { MetricPath } from './metric-path.ts';

/** The values of a metric for objects of one kind. */
export interface Found {
  readonly kind: string;
  readonly apiVersion: string;
  readonly items: readonly MetricValue[];
}

/** Values for a path's object, none if they are unknown; undefined: there is no such kind of object. */
export type MetricFinder = (
  asked: MetricPath,
  selector: LabelSelector,
  selected: SelectedMetric,
  trace: QueryTrace,
) => Promise<Found | undefined>;

const POD = { kind: 'Pod', apiVersion: 'v1' };
const NAMESPACE = { kind: 'Namespace', apiVersion: 'v1' };

/** The cluster's data. */
export interface FinderCluster {
  readonly objects: DescribedObjects;
  readonly noPods: Pick<NoPods, 'ofObject' | 'ofNamespace'>;
}

/**
 * Resolves the objects of a request for a metric of pods: pods themselves, every other object by its pods.
 * @param cluster undefined: standalone, with pods and namespaces only, where a missing pod does not prove that
 * there is no load
 */
export function createMetricFinder(provider: Provider, cluster: FinderCluster | undefined): MetricFinder {
  const pods = async (
    { namespace, name }: MetricPath,
    selector: LabelSelector,
    metric: Metric,
    trace: QueryTrace,
  ) => {
    if (namespace === undefined) return []; // pods are never at the cluster's scope
    if (name === '*') return provider.getMetricBySelector(namespace, selector, metric, trace);
    return some(await provider.getMetricByName(namespace, name, metric, trace));
  };
  const others = async (
    resource: GroupResource,
    { namespace, name }: MetricPath,
    selector: LabelSelector,
    metric: Metric,
    trace: QueryTrace,
  ): Promise<Found | undefined> => {
    if (namespace === undefined || cluster === undefined) return undefined;
    const { objects, noPods } = cluster;
    const described =
      name === '*'
        ? await objects.select(resource, namespace, selector)
        : some(await objects.get(resource, namespace, name));
    if (described === undefined) return undefined;
    if (described.length === 0) trace.absent('object');
    const aggregate = ({ name: object, selector: labels, whose }: DescribedObject) => {
      const about = { namespace, resource: formatGroupResource(resource), name: object };
      return provider.getMetricOfAll({ ...about, labels, whose, hasNoPods: noPods.ofObject }, metric, trace);
    };
    const values = await Promise.all(described.map(aggregate));
    const { kind, apiVersion } = described[0] ?? { kind: '', apiVersion: '' };
    return { kind, apiVersion, items: values.filter((value) => value !== undefined) };
  };

  return async (asked, selector, { metric }, trace) => {
    const resource = parseGroupResource(asked.resource);
    if (resource.group === '' && isNamed(resource, 'pod')) {
      return { ...POD, items: await pods(asked, selector, metric, trace) };
    }
    if (resource.group === '' && isNamed(resource, 'namespace')) {
      // A namespace cannot be addressed within another one: a right in one would give access to the other.
      if (asked.namespace !== undefined) return undefined;
      // Its name is the namespace of its pods.
      const query = {
        namespace: asked.name,
        resource: 'namespaces',
        name: asked.name,
        labels: [],
        whose: 'all',
        hasNoPods: () => cluster?.noPods.ofNamespace(asked.name) ?? false,
      } as const;
      const value = await provider.getMetricOfAll(query, metric, trace);
      return { ...NAMESPACE, items: some(value) };
    }
    return others(resource, asked, selector, metric, trace);
  };
}

/** Metrics of pods by one finder, and those of demand by another. */
export function findBySubject(ofPods: MetricFinder, ofDemand: MetricFinder): MetricFinder {
  return (asked, selector, selected, trace) => {
    const find = isDemand(selected.metric) ? ofDemand : ofPods;
    return find(asked, selector, selected, trace);
  };
}

/** Singular and plural are equal, as in Kubernetes' RESTMapper. */
function isNamed({ resource }: GroupResource, singular: string): boolean {
  return resource === singular || resource === `${singular}s`;
}

function some<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}
