import type { FamilySpec } from '@activescale/protocol/testing';
import type { ProxyKind } from './names.ts';

/** How Envoy's metrics service sink is set (envoy/config/metrics/v3/metrics_service.proto). */
export interface Sink {
  readonly distributions: 'both' | 'histograms' | 'summaries';
  readonly counters: 'totals' | 'deltas';
  readonly tags: 'in names' | 'as labels';
  /** Families of a message; undefined: a flush is one message. */
  readonly batchSize: number | undefined;
}

/** A stat as the sink sends it where it extracts tags. Istio's tags leave out the delimiter of its names. */
export function withTags(family: FamilySpec, proxy: ProxyKind): FamilySpec {
  const [, kind = '', scope = '', stat = ''] = /^(http|cluster)\.(.*)\.([^.]+)$/.exec(family.name) ?? [];
  if (kind === '') return family;
  const name = kind === 'http' ? 'envoy.http_conn_manager_prefix' : 'envoy.cluster_name';
  const labels = { [name]: proxy === 'other' ? scope : scope.replace(/;$/, '') };
  if (!stat.endsWith('_5xx')) return { ...family, name: `${kind}.${stat}`, labels };
  return {
    ...family,
    name: `${kind}.${stat.replace('5xx', 'xx')}`,
    labels: { ...labels, 'envoy.response_code_class': '5' },
  };
}

/** The families of each message: all counters, then all gauges, then the rest (grpc_metrics_service_impl.cc). */
export function messagesOf(
  families: readonly FamilySpec[],
  { batchSize }: Sink,
): readonly (readonly FamilySpec[])[] {
  const kindOf = ({ counter, gauge }: FamilySpec) =>
    counter !== undefined ? 0 : gauge !== undefined ? 1 : 2;
  const ordered = families.toSorted((a, b) => kindOf(a) - kindOf(b));
  const size = batchSize ?? ordered.length;
  return Array.from({ length: Math.ceil(ordered.length / size) }, (_, i) =>
    ordered.slice(i * size, (i + 1) * size),
  );
}
