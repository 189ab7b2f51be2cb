import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ControlPlane } from '@activescale/devkit';

/** What of an HPA is shown. */
interface Autoscaler {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly minReplicas: number;
    readonly maxReplicas: number;
    readonly metrics: readonly ObjectMetric[];
  };
  readonly status: {
    readonly currentReplicas?: number;
    readonly desiredReplicas: number;
    readonly currentMetrics?: readonly ObjectMetric[] | null;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

interface ObjectMetric {
  readonly object?: {
    readonly metric: { readonly name: string };
    readonly target?: { readonly averageValue: string };
    readonly current?: { readonly averageValue: string };
  };
}

const PREFIX = 'kube_horizontalpodautoscaler_';

/**
 * Stands for kube-state-metrics: the HPAs of a cluster, with AverageValues of objects only, under the names and labels of
 * its docs/metrics/workload/horizontalpodautoscaler-metrics.md and internal/store/hpa.go.
 */
export async function startKubeStateMetrics({
  admin,
}: ControlPlane): Promise<AsyncDisposable & { port: number }> {
  const server = createServer(async (_request, response) => {
    const autoscalers = await admin.list<Autoscaler>('/apis/autoscaling/v2/horizontalpodautoscalers');
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(autoscalers.flatMap(linesOf).join(''));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function linesOf({ metadata, spec, status }: Autoscaler): string[] {
  const line = (name: string, labels: Readonly<Record<string, string>>, value: number) => {
    const all = { namespace: metadata.namespace, horizontalpodautoscaler: metadata.name, ...labels };
    const text = Object.entries(all).map(([key, each]) => `${key}=${JSON.stringify(each)}`);
    return `${PREFIX}${name}{${text.join()}} ${value}\n`;
  };
  const metric = (name: string, metricName: string, value: string | undefined) =>
    value === undefined
      ? []
      : [line(name, { metric_name: metricName, metric_target_type: 'average' }, quantity(value))];
  return [
    line('spec_min_replicas', {}, spec.minReplicas),
    line('spec_max_replicas', {}, spec.maxReplicas),
    line('status_current_replicas', {}, status.currentReplicas ?? 0),
    line('status_desired_replicas', {}, status.desiredReplicas),
    ...spec.metrics.flatMap(({ object }) =>
      metric('spec_target_metric', object?.metric.name ?? '', object?.target?.averageValue),
    ),
    ...(status.currentMetrics ?? []).flatMap(({ object }) =>
      metric('status_target_metric', object?.metric.name ?? '', object?.current?.averageValue),
    ),
    ...(status.conditions ?? []).flatMap(({ type, status: current }) =>
      ['true', 'false', 'unknown'].map((each) =>
        line('status_condition', { condition: type, status: each }, Number(current.toLowerCase() === each)),
      ),
    ),
  ];
}

/** `3` or `1500m`. */
function quantity(text: string): number {
  return text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text);
}
