import {
  type Gateway,
  type GatewayOptions,
  startGateway,
  startUpstream,
  type Upstream,
  until,
} from '@activescale/devkit';
import { parseQuantity } from '@activescale/protocol/kubernetes';
import type { Query } from '../query.ts';

/** Services without a proxy in their pods, one server each, by their names. */
export interface Services<Name extends string> extends AsyncDisposable {
  readonly servers: Readonly<Record<Name, Upstream>>;
  /** An ingress gateway in front of all of them. */
  gateway(pod: string, sinkPort: number, flush: string, more?: Partial<GatewayOptions>): Promise<Gateway>;
}

export async function startServices<Name extends string>(
  namespace: string,
  names: readonly Name[],
): Promise<Services<Name>> {
  await using starting = new AsyncDisposableStack();
  const servers: Partial<Record<Name, Upstream>> = {};
  for (const name of names) servers[name] = starting.use(await startUpstream());
  const started = starting.move();
  const all = servers as Record<Name, Upstream>;
  return {
    servers: all,
    gateway: (pod, sinkPort, flush, more) =>
      startGateway({
        pod,
        namespace: 'edge',
        ip: '127.0.0.1',
        sinkPort,
        flush,
        destinations: names.map((name) => ({
          path: name,
          cluster: `outbound|80||${name}.${namespace}.svc.cluster.local;`,
          endpoints: [all[name].port],
        })),
        ...more,
      }),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** A demand metric of a Service; undefined: it has no value. */
export async function demandOf(
  query: Query,
  namespace: string,
  service: string,
  metric: string,
): Promise<number | undefined> {
  const { status, body, values } = await query.get(
    `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${namespace}/services/${service}/${metric}`,
  );
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`${metric}: ${status} ${body}`);
  const [value] = Object.values(values);
  return value === undefined ? undefined : Number(parseQuantity(value)) / 1000;
}

/** Waits until requests in flight to the Service `web` are as many as expected; undefined: unknown. */
export async function untilInFlight(
  query: Query,
  namespace: string,
  expected: number | undefined,
  what: string,
): Promise<void> {
  const look = async () => {
    const found = await demandOf(query, namespace, 'web', 'demand_active_requests');
    if (found !== expected) throw new Error(`found ${found}, expected ${expected}`);
    return true;
  };
  await until(look, { what, deadline: 90_000 });
}
