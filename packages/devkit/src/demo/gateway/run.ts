import { setTimeout as sleep } from 'node:timers/promises';
import { createQuery } from '../query.ts';
import type { Pattern } from '../traffic.ts';
import { startCallers } from './callers.ts';
import { type DemandHpa, replicasByDemand } from './decision.ts';
import type { GatewayStack } from './stack.ts';
import type { GatewaySummary } from './summary.ts';
import type { GatewayFrame } from './table.ts';

export interface GatewayDemoOptions {
  readonly stack: GatewayStack;
  readonly namespace: string;
  readonly hpa: DemandHpa;
  /** The calls to each Service. */
  readonly calls: ReadonlyMap<string, Pattern>;
  readonly end: AbortSignal;
  draw(frame: GatewayFrame): void;
}

/** Sync period of the HPA, in s. kube-controller-manager's default is 15 s. */
const LOOK_EVERY = 5;
const QUERY_MS = 250;

/** Shows calls, demand and replicas until the end, and scales as the HPA would. */
export async function runGatewayDemo(options: GatewayDemoOptions): Promise<GatewaySummary> {
  const { stack, namespace, hpa, end, draw } = options;
  const { services } = stack;
  using query = createQuery(stack.securePort, namespace);
  using ending = new DisposableStack();
  const callers = new Map(
    [...options.calls].map(([name, pattern]) => {
      const url = `http://127.0.0.1:${stack.gatewayPort}/${name}/`;
      return [name, ending.use(startCallers(url, pattern))];
    }),
  );
  const start = performance.now();
  const replicas = new Map(services.map((service) => [service.name, [service.replicas]]));
  let nextLook = start + LOOK_EVERY * 1_000;

  while (!end.aborted) {
    const { answers, trouble } = await ask(query, services).then(
      (answered) => ({ answers: answered, trouble: undefined }),
      (error: unknown) => ({ answers: new Map<string, Answers>(), trouble: String(error) }),
    );
    const now = performance.now();
    if (now >= nextLook) {
      nextLook += LOOK_EVERY * 1_000;
      for (const service of services) {
        const wanted = replicasByDemand(answers.get(service.name)?.demand, service.replicas, hpa);
        if (wanted === service.replicas) continue;
        service.scale(wanted);
        replicas.get(service.name)?.push(wanted);
      }
    }
    const rows = services.map((service) => ({
      service: service.name,
      calls: callers.get(service.name)?.waiting() ?? 0,
      inFlight: service.inFlight(),
      active: answers.get(service.name)?.active,
      demand: answers.get(service.name)?.demand,
      replicas: service.replicas,
    }));
    draw({ rows, hpa, look: { due: (nextLook - now) / 1_000, every: LOOK_EVERY }, trouble });
    await sleep(QUERY_MS, undefined, { signal: end }).catch(() => {});
  }
  const of = (name: string) => ({
    name,
    replicas: replicas.get(name) ?? [],
    coldStarts: callers.get(name)?.coldStarts() ?? [],
  });
  return { seconds: (performance.now() - start) / 1_000, services: services.map(({ name }) => of(name)) };
}

/** The API's answers for a Service. */
interface Answers {
  readonly active: number | undefined;
  readonly demand: number | undefined;
}

async function ask(
  query: ReturnType<typeof createQuery>,
  services: readonly { readonly name: string }[],
): Promise<ReadonlyMap<string, Answers>> {
  const value = async (name: string, metric: string) =>
    (await query.ask(`services/${name}/${metric}`)).get(name);
  const all = services.map(async ({ name }): Promise<[string, Answers]> => {
    const [active, demand] = await Promise.all([
      value(name, 'demand_active_requests'),
      value(name, 'demand_requests'),
    ]);
    return [name, { active, demand }];
  });
  return new Map(await Promise.all(all));
}
