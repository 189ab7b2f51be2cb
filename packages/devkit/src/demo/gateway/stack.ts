import { startGateway } from '../../envoy/gateway.ts';
import { startApi, startIngest } from '../../services.ts';
import { startValkey } from '../../valkey.ts';
import { createService, type DemoService } from './service.ts';

export interface GatewayStack extends AsyncDisposable {
  readonly securePort: number;
  readonly gatewayPort: number;
  readonly services: readonly DemoService[];
}

export interface GatewayStackOptions {
  readonly namespace: string;
  readonly services: readonly string[];
  /** Simulated start of a pod, in ms. */
  readonly startMs: number;
  /** DEMAND_HOLD */
  readonly demandHold: string;
  failed(error: unknown): void;
}

/** Valkey, ingest, a standalone api, one gateway Envoy, and Services without servers. */
export async function startGatewayStack(options: GatewayStackOptions): Promise<GatewayStack> {
  const { namespace, startMs, demandHold, failed } = options;
  await using starting = new AsyncDisposableStack();
  const valkey = starting.use(await startValkey());
  const settings = { VALKEY_ADDR: valkey.addr };
  const ingest = starting.use(await startIngest(settings));
  const api = starting.use(await startApi({ ...settings, STANDALONE: 'true', DEMAND_HOLD: demandHold }));
  const gateway = starting.use(
    await startGateway({
      pod: 'gateway-7d9f4-x2kqp',
      namespace: 'edge',
      sinkPort: ingest.grpcPort,
      flush: '1s',
      destinations: options.services.map((name) => ({
        path: name,
        cluster: `outbound|80||${name}.${namespace}.svc.cluster.local;`,
        endpoints: [],
      })),
    }),
  );
  const services = options.services.map((name) =>
    starting.use(
      createService({ name, startMs, route: (ports) => gateway.setEndpoints(name, ports), failed }),
    ),
  );
  const started = starting.move();
  return {
    securePort: api.securePort,
    gatewayPort: gateway.port,
    services,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
